package server

import (
	"context"

	"marshrut/crm"
)

// call is what is known of one request: it is put into the request's context by the first middleware and filled in on
// the way to the handler, all in the request's own goroutine.
type call struct {
	server  *Server
	id      string   // of the request, for the log and the caller
	address string   // of the caller, for the throttle
	lang    crm.Lang // as a program's Accept-Language asks, or the user's
	user    *crm.User
	secret  string // of the token the request is signed in with
	token   *crm.Token
	key     string // Idempotency-Key; empty: none
	target  string // method and path
	hash    []byte // SHA-256 of target and body
	hides   bool   // it names a record that the user may not see

	sent map[string]string // by the ids that were put in the place of hidden ones: what the request had there

	origin crm.Origin // for the audit
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf finds the call of a context that came through the middleware.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// userOf is who makes the request; on public routes nil.
func userOf(ctx context.Context) *crm.User { return callOf(ctx).user }

func langOf(ctx context.Context) crm.Lang { return callOf(ctx).lang }

func addressOf(ctx context.Context) string { return callOf(ctx).address }
