// Package notify tells people about their cases: it sends e-mail over SMTP and text messages over HTTP, renders the
// templates both are written from, and decides whether a recipient may be written to at all (R39, R40, R51).
//
// The package keeps no record of what was sent. Its answer to the ledger that does is an error with a class:
// what was certainly not accepted and may be tried again, what will never be accepted, and what may have been
// accepted although nobody said so (see [Class]).
package notify
