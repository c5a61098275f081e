package main

import (
	"context"
	"crypto/rsa"
	"maps"

	"github.com/ory/fosite/token/jwt"
)

// put lays claims over others; null takes one away.
func put(claims, over map[string]any) {
	maps.Copy(claims, over)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
}

// signer is the library's, with the key that signs now.
func (p *provider) signer(key *rsa.PrivateKey) *jwt.DefaultSigner {
	return &jwt.DefaultSigner{GetPrivateKey: func(context.Context) (any, error) { return key, nil }}
}

func (p *provider) signing() *rsa.PrivateKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[len(p.keys)-1]
}

// Generate signs an ID token, as the mood wants it. A foreign key goes by the id of the one that should have signed.
func (p *provider) Generate(ctx context.Context, claims jwt.MapClaims, header jwt.Mapper) (string, string, error) {
	mood, key := p.now(), p.signing()
	put(claims, mood.Claims)
	headers := &jwt.Headers{Extra: header.ToMap()}
	headers.Extra["kid"] = keyID(key)
	if mood.ForeignKey {
		key = p.foreign
	}
	return p.signer(key).Generate(ctx, claims, headers)
}

// Validate implements jwt.Signer.
func (p *provider) Validate(ctx context.Context, token string) (string, error) {
	return p.signer(p.signing()).Validate(ctx, token)
}

// Hash implements jwt.Signer.
func (p *provider) Hash(ctx context.Context, in []byte) ([]byte, error) {
	return p.signer(p.signing()).Hash(ctx, in)
}

// Decode implements jwt.Signer.
func (p *provider) Decode(ctx context.Context, token string) (*jwt.Token, error) {
	return p.signer(p.signing()).Decode(ctx, token)
}

// GetSignature implements jwt.Signer.
func (p *provider) GetSignature(ctx context.Context, token string) (string, error) {
	return p.signer(p.signing()).GetSignature(ctx, token)
}

// GetSigningMethodLength implements jwt.Signer.
func (p *provider) GetSigningMethodLength(ctx context.Context) int {
	return p.signer(p.signing()).GetSigningMethodLength(ctx)
}
