package crm

import (
	"time"

	"github.com/google/uuid"
)

// SignInAttempt is what an attempt to sign in with a provider is known again by; each text is random, and of this attempt alone.
type SignInAttempt struct {
	State    string
	Nonce    string
	Verifier string // PKCE
}

// Identity is who somebody is to an OpenID Connect provider.
type Identity struct {
	Issuer  string
	Subject string
	Email   string // only one that the provider has verified
	Name    string
	IDToken string // what the provider has signed, to sign out there with; it is stored nowhere
}

// LinkedIdentity is the identity that a user signs in with.
type LinkedIdentity struct {
	ID       uuid.UUID
	UserID   uuid.UUID
	Issuer   string
	Subject  string
	LinkedAt time.Time
}
