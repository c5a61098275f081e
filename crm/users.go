package crm

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// User is a person who works with the product.
type User struct {
	ID           uuid.UUID
	Login        string
	Name         string
	Email        string
	Phone        string
	Lang         Lang
	TimeZone     string    // IANA name
	DepartmentID uuid.UUID // zero: in none
	Roles        []string
	Granted      Granted // what his roles give together
	Active       bool    // an inactive one cannot sign in
	Signature    string  // under his letters (R63)
	LetterTimes
	// StandsInFor are those who are absent now and whose desks are his meanwhile. Only who is signed in has it filled in.
	StandsInFor []uuid.UUID
	// Off are the blocks that the company does without (R22), as of when he was read. It is filled in where StandsInFor is.
	Off       []Block
	Version   int
	CreatedAt time.Time
}

// UserPatch is what changes of a user; nil: stays.
type UserPatch struct {
	Name         *string
	Email        *string
	Phone        *string
	Lang         *Lang
	TimeZone     *string
	DepartmentID *uuid.UUID // zero: in none
	Roles        *[]string
	Active       *bool
	Signature    *string
	Letters      *LetterTimes
	PasswordHash *string
}

// Apply makes the user what he is after the change. The hash of a password is not a part of him.
func (p *UserPatch) Apply(u *User) {
	set(&u.Name, p.Name)
	set(&u.Email, p.Email)
	set(&u.Phone, p.Phone)
	set(&u.Lang, p.Lang)
	set(&u.TimeZone, p.TimeZone)
	set(&u.DepartmentID, p.DepartmentID)
	set(&u.Roles, p.Roles)
	set(&u.Active, p.Active)
	set(&u.Signature, p.Signature)
	set(&u.LetterTimes, p.Letters)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// Has tells whether the user has the role.
func (u *User) Has(role string) bool { return slices.Contains(u.Roles, role) }

// Can tells whether one of the user's roles gives him the right.
func (u *User) Can(right Right) bool { return slices.Contains(u.Granted.Rights, right) }

// Leads tells whether the user may act for others.
func (u *User) Leads() bool { return u.Can(RightLead) }

// ReadsOnly tells whether the user may change nothing.
func (u *User) ReadsOnly() bool { return !u.Can(RightWork) }

// WhyNotWork is the code of what keeps the user from being given work: user_not_active, or user_reads_only of an auditor; empty: nothing.
func (u *User) WhyNotWork() string {
	switch {
	case !u.Active:
		return "user_not_active"
	case u.ReadsOnly():
		return "user_reads_only"
	}
	return ""
}

// Credentials are what signing in compares.
type Credentials struct {
	User         *User
	PasswordHash string // argon2id in PHC form; empty: cannot sign in with a password
}

// Token is a session of the page or a key of a program; only the hash of its secret is kept.
type Token struct {
	ID        uuid.UUID
	Hash      []byte // SHA-256 of the secret
	UserID    uuid.UUID
	Kind      TokenKind
	Name      string
	Scopes    *[]Right // what it may do besides reading, as far as its user may; nil: all that he may
	CreatedAt time.Time
	ExpiresAt time.Time
	LastUse   *TokenUse // nil: not known
}

// TokenUse is from where a token was used.
type TokenUse struct {
	At      time.Time
	Address string
	Agent   string // the program, as it calls itself
}

// useNoted is how long a use stands for those that follow from the same address.
const useNoted = 10 * time.Minute

// Worth tells whether this use is worth writing down after the last one known.
func (u *TokenUse) Worth(last *TokenUse) bool {
	return last == nil || last.Address != u.Address || u.At.Sub(last.At) >= useNoted
}

// Narrow takes from the user what his token may not do.
func (t *Token) Narrow(u *User) {
	if t.Scopes != nil {
		u.Granted.Rights = slices.DeleteFunc(slices.Clone(u.Granted.Rights), func(r Right) bool { return !slices.Contains(*t.Scopes, r) })
	}
}

// TokenKind is what a token is for.
type TokenKind string

// The kinds of token.
const (
	TokenSession TokenKind = "session" // made by signing in
	TokenAPI     TokenKind = "api"     // of a program
)
