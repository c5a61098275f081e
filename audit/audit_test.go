package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestSealedWithOneKeyIsOpenedByNoOther(t *testing.T) {
	t.Parallel()
	keys, err := RandomKeys()
	require.NoError(t, err)
	owner, key := uuid.New(), NewDataKey()
	wrapped := keys.Wrap(owner, key)
	back, err := keys.Unwrap(owner, wrapped)
	require.NoError(t, err)
	require.Equal(t, key, back)
	_, err = keys.Unwrap(uuid.New(), wrapped)
	require.ErrorContains(t, err, "another master key")
	others, err := RandomKeys()
	require.NoError(t, err)
	_, err = others.Unwrap(owner, wrapped)
	require.ErrorContains(t, err, "another master key")

	sealed, err := key.Seal(7, []byte("Ромашка"))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "Ромашка")
	plain, err := key.Open(7, sealed)
	require.NoError(t, err)
	require.Equal(t, "Ромашка", string(plain))
	_, err = key.Open(8, sealed)
	require.Error(t, err, "what was sealed in one record opens in no other")
	sealed[len(sealed)-1] ^= 1
	_, err = key.Open(7, sealed)
	require.Error(t, err)
	_, err = key.Open(7, []byte("short"))
	require.Error(t, err)
}

func TestKeysAreMadeOnce(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "keys")
	require.False(t, HasKeys(folder))
	_, err := LoadKeys(folder)
	require.Error(t, err)
	require.NoError(t, CreateKeys(folder))
	require.True(t, HasKeys(folder))
	first, err := LoadKeys(folder)
	require.NoError(t, err)
	require.Error(t, CreateKeys(folder), "keys are never written over")
	again, err := LoadKeys(folder)
	require.NoError(t, err)
	require.Equal(t, first.MasterID(), again.MasterID())
	public, err := LoadPublicKey(folder)
	require.NoError(t, err)
	require.Equal(t, first.Public(), public)
	info, err := os.Stat(filepath.Join(folder, masterFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.WriteFile(filepath.Join(folder, masterFile), []byte("c2hvcnQ="), 0o600))
	_, err = LoadKeys(folder)
	require.ErrorContains(t, err, "32 bytes")
}

func TestAMasterKeyIsReplacedOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.Error(t, ReplaceMaster(folder), "there is none yet")
	require.NoError(t, CreateKeys(folder))
	first, err := LoadKeys(folder)
	require.NoError(t, err)
	owner, key := uuid.New(), NewDataKey()
	wrapped := first.Wrap(owner, key)

	// What a replacement that broke off has left: a part of a key, and later a whole one with the old one kept already.
	next, current, before := filepath.Join(folder, newMasterFile), filepath.Join(folder, masterFile), filepath.Join(folder, oldMasterFile)
	require.NoError(t, os.WriteFile(next, []byte("c2hv"), 0o600))
	require.NoError(t, ReplaceMaster(folder))
	second, err := LoadKeys(folder)
	require.NoError(t, err)
	require.NotEqual(t, first.MasterID(), second.MasterID())
	require.Equal(t, first.Public(), second.Public(), "heads are signed with the same key")
	back, err := second.Unwrap(owner, wrapped)
	require.NoError(t, err, "what the key before has wrapped is read")
	require.Equal(t, key, back)
	_, err = first.Unwrap(owner, second.Wrap(owner, key))
	require.Error(t, err, "what is wrapped now the key before does not open")
	require.ErrorContains(t, ReplaceMaster(folder), "is there still")
	again, err := LoadKeys(folder)
	require.NoError(t, err)
	require.Equal(t, second.MasterID(), again.MasterID(), "a refusal changes nothing")

	require.NoError(t, os.Remove(before))
	_, err = mustLoad(t, folder).Unwrap(owner, wrapped)
	require.Error(t, err, "with the key before what it has wrapped is gone")
	require.NoError(t, createFile(next, NewDataKey(), 0o600))
	require.NoError(t, os.Link(current, before))
	require.NoError(t, ReplaceMaster(folder))
	third := mustLoad(t, folder)
	require.NotEqual(t, second.MasterID(), third.MasterID())
	back, err = third.Unwrap(owner, second.Wrap(owner, key))
	require.NoError(t, err)
	require.Equal(t, key, back)
	_, err = os.Stat(next)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func mustLoad(t *testing.T, folder string) *Keys {
	t.Helper()
	keys, err := LoadKeys(folder)
	require.NoError(t, err)
	return keys
}

// chains are two sealed chains of three records each.
func chains() []*Record {
	var all []*Record
	n := int64(0)
	for _, chain := range []string{"case:1", "client:2"} {
		var before []byte
		for seq := int64(1); seq <= 3; seq++ {
			n++
			r := &Record{N: n, ID: n, Chain: chain, Seq: seq, At: time.Unix(n, 0), Place: "cases", Action: "update", Facts: fmt.Appendf(nil, `{"n":%d}`, n)}
			r.Hash = r.HashAfter(before)
			before = r.Hash
			all = append(all, r)
		}
	}
	return all
}

// recompute makes the hashes of a list right again, as somebody would who can write into the database.
func recompute(all []*Record) []*Record {
	var chain string
	var before []byte
	seq := int64(0)
	for _, r := range all {
		if r.Chain != chain {
			chain, before, seq = r.Chain, nil, 0
		}
		seq++
		r.Seq = seq
		r.Hash = r.HashAfter(before)
		before = r.Hash
	}
	return all
}

func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]struct {
		do   func(all []*Record) []*Record
		want string
	}{
		"altered":       {func(all []*Record) []*Record { all[1].Facts = []byte(`{}`); return all }, "case:1#2: the record is not what was sealed"},
		"altered actor": {func(all []*Record) []*Record { all[4].Actor = uuid.New(); return all }, "client:2#2: the record is not what was sealed"},
		"removed":       {func(all []*Record) []*Record { return append(all[:1:1], all[2:]...) }, "case:1#3: record 2 of the chain is missing"},
		"reordered": {func(all []*Record) []*Record {
			all[1].Seq, all[2].Seq = 3, 2
			all[1], all[2] = all[2], all[1]
			return all
		}, "case:1#2: the record is not what was sealed"},
		"tail cut off":        {func(all []*Record) []*Record { return append(all[:2:2], all[3:]...) }, "case:1#2: the chain ends here; it had 3 records"},
		"chain gone":          {func(all []*Record) []*Record { return all[3:] }, "case:1: the chain is gone"},
		"last chain gone":     {func(all []*Record) []*Record { return all[:3] }, "client:2: the chain is gone"},
		"altered, recomputed": {func(all []*Record) []*Record { all[0].Facts = []byte(`{}`); return recompute(all) }, "case:1#3: the record is not the one whose hash was exported"},
		"removed, recomputed": {func(all []*Record) []*Record { return recompute(append(all[:1:1], all[2:]...)) }, "case:1#2: the chain ends here; it had 3 records"},
		"inserted, recomputed": {func(all []*Record) []*Record {
			return recompute(append([]*Record{{Chain: "case:1", N: 9, At: time.Unix(9, 0)}}, all...))
		}, "case:1#3: the record is not the one whose hash was exported"},
		"everything gone":       {func([]*Record) []*Record { return nil }, "client:2: the chain is gone"},
		"reordered, recomputed": {func(all []*Record) []*Record { all[1], all[2] = all[2], all[1]; return recompute(all) }, "case:1#3: the record is not the one whose hash was exported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, verified := exported(t)
			v := NewVerifier(verified)
			for _, r := range tamper.do(chains()) {
				v.Take(r)
			}
			v.End()
			require.Contains(t, fmt.Sprint(v.Problems), tamper.want)
		})
	}
	_, verified := exported(t)
	v := NewVerifier(verified)
	all := chains()
	later := &Record{N: 7, ID: 7, Chain: "case:1", Seq: 4, At: time.Unix(7, 0)} // after the export
	later.Hash = later.HashAfter(all[2].Hash)
	for _, r := range append(append(all[:3:3], later), all[3:]...) {
		v.Take(r)
	}
	v.End()
	require.Empty(t, v.Problems)
	require.Equal(t, int64(7), v.Records)
	require.Equal(t, int64(2), v.Chains)
}

// exported writes the heads of chains into a folder and reads them back.
func exported(t *testing.T) (*Exporter, *Exports) {
	t.Helper()
	keys, err := RandomKeys()
	require.NoError(t, err)
	x := &Exporter{Folder: t.TempDir(), Keys: keys}
	all := chains()
	for i, r := range []*Record{all[1], all[5], all[2]} {
		n, before, err := x.Last()
		require.NoError(t, err)
		require.Equal(t, int64(i), n)
		require.NoError(t, x.Write(Heads{
			At: time.Date(2026, 3, 2+i, 9, 0, 0, 0, time.UTC), N: int64(i + 1), Before: before,
			Heads: []Head{{Chain: r.Chain, Seq: r.Seq, Hash: fmt.Sprintf("%x", r.Hash)}},
		}))
	}
	e, problems, err := ReadHeads(x.Folder, keys.Public())
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, 3, e.Lines)
	return x, e
}

func TestExportedHeadsCannotBeAltered(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]struct {
		do   func(text string) string
		want string
	}{
		"altered": {func(text string) string { return strings.Replace(text, `"seq":3`, `"seq":2`, 1) }, "heads-2026-03-03.jsonl:1: the signature is not that"},
		"emptied": {func(string) string { return "" }, "heads-2026-03-04.jsonl:1: it does not follow"},
		"rubbish": {func(string) string { return "rubbish\n" }, "heads-2026-03-03.jsonl:1: the line is not an export"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, _ := exported(t)
			path := filepath.Join(x.Folder, "heads-2026-03-03.jsonl")
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, []byte(tamper.do(string(text))), 0o600))
			_, problems, err := ReadHeads(x.Folder, x.Keys.Public())
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(problems), tamper.want)
		})
	}
	x, _ := exported(t)
	others, err := RandomKeys()
	require.NoError(t, err)
	_, problems, err := ReadHeads(x.Folder, others.Public())
	require.NoError(t, err)
	require.Len(t, problems, 3, "signed by somebody else")
}
