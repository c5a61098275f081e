package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// Record is a change as it is stored: everything here is under its hash.
type Record struct {
	N         int64 // in the order of sealing, without a gap
	ID        int64 // in the order of the changes
	Chain     string
	Seq       int64 // in its chain, from 1 on without a gap
	At        time.Time
	Actor     uuid.UUID // zero: the program itself
	Address   string
	RequestID string
	Program   string
	DBRole    string
	Place     string // the table
	Action    string
	CaseID    uuid.UUID // zero: of no case
	ClientID  uuid.UUID // zero: of no client
	RecordID  string
	Facts     []byte    // JSON, byte for byte
	KeyID     uuid.UUID // zero: nothing is sealed
	Sealed    []byte
	Hash      []byte // by HashAfter
}

// HashAfter is the record's hash, given that of the record before it in its chain (none: nil). Every part is preceded by its
// length, so that nothing can be moved from one part to the next.
func (r *Record) HashAfter(before []byte) []byte {
	h := sha256.New()
	part := func(b []byte) {
		_ = binary.Write(h, binary.BigEndian, int64(len(b))) // a hash takes everything
		_, _ = h.Write(b)
	}
	number := func(n int64) { part(binary.BigEndian.AppendUint64(nil, uint64(n))) } //nolint:gosec // only its bits count
	part(before)
	number(r.N)
	number(r.ID)
	part([]byte(r.Chain))
	number(r.Seq)
	number(r.At.UnixMicro())
	part(r.Actor[:])
	for _, text := range []string{r.Address, r.RequestID, r.Program, r.DBRole, r.Place, r.Action} {
		part([]byte(text))
	}
	part(r.CaseID[:])
	part(r.ClientID[:])
	part([]byte(r.RecordID))
	part(r.Facts)
	part(r.KeyID[:])
	part(r.Sealed)
	return h.Sum(nil)
}
