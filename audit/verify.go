package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// Problem is a place where the audit is not what it was.
type Problem struct {
	Where string // chain and number, or file and line
	What  string
}

// String is the problem in one line.
func (p Problem) String() string { return p.Where + ": " + p.What }

// Verifier checks records against their hashes and against heads exported before. It takes them chain by chain, each in the order
// of its numbers.
type Verifier struct {
	Records  int64
	Chains   int64
	Problems []Problem

	marks map[string][]Head
	chain string
	seq   int64  // of the last record taken
	hash  []byte // of the last record taken
	next  int    // the first mark of the chain that has not been passed
}

// NewVerifier begins; without exports only the chains themselves are checked, which whoever alters the database can recompute.
func NewVerifier(exports *Exports) *Verifier {
	v := &Verifier{}
	if exports != nil {
		v.marks = exports.marks
	}
	return v
}

// Take checks the next record.
func (v *Verifier) Take(r *Record) {
	if v.Records == 0 || r.Chain != v.chain {
		v.endChain()
		v.chain, v.seq, v.hash, v.next = r.Chain, 0, nil, 0
		v.Chains++
	}
	v.Records++
	if r.Seq != v.seq+1 {
		v.problem(r.Seq, fmt.Sprintf("record %d of the chain is missing before it", v.seq+1))
	}
	if !bytes.Equal(r.HashAfter(v.hash), r.Hash) {
		v.problem(r.Seq, "the record is not what was sealed, or not in its place")
	}
	v.seq, v.hash = r.Seq, r.Hash
	for marks := v.marks[v.chain]; v.next < len(marks) && marks[v.next].Seq <= r.Seq; v.next++ {
		if mark := marks[v.next]; mark.Seq == r.Seq && mark.Hash != hex.EncodeToString(r.Hash) {
			v.problem(r.Seq, "the record is not the one whose hash was exported: the chain has been computed anew")
		}
	}
}

// End tells of chains that are shorter than they were, and of those that are gone.
func (v *Verifier) End() {
	v.endChain()
	for chain, marks := range v.marks {
		v.Problems = append(v.Problems, Problem{Where: chain, What: fmt.Sprintf("the chain is gone; it had %d records", marks[len(marks)-1].Seq)})
	}
}

func (v *Verifier) endChain() {
	marks := v.marks[v.chain]
	if v.next < len(marks) {
		v.problem(v.seq, fmt.Sprintf("the chain ends here; it had %d records", marks[len(marks)-1].Seq))
	}
	delete(v.marks, v.chain)
}

func (v *Verifier) problem(seq int64, what string) {
	v.Problems = append(v.Problems, Problem{Where: fmt.Sprintf("%s#%d", v.chain, seq), What: what})
}
