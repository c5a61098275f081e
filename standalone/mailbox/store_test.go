package mailbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t *testing.T, s *Store, to, subject string) Summary {
	t.Helper()
	summary, err := s.Add("crm@example.com", []string{to}, []byte("From: crm@example.com\r\nTo: "+to+"\r\nSubject: "+subject+"\r\n\r\nHello\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func subjects(list []Summary) []string {
	var all []string
	for _, summary := range list {
		all = append(all, summary.Subject)
	}
	return all
}

func TestStoreSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	add(t, s, "a@example.com", "first")
	kept := add(t, s, "b@example.com", "second")
	s.Close()

	s = openStore(t, dir)
	add(t, s, "c@example.com", "third")
	if got, want := subjects(s.List(Query{})), []string{"third", "second", "first"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q, newest first", got, want)
	}
	summary, raw, err := s.Get(kept.ID)
	if err != nil || !strings.Contains(string(raw), "Subject: second\r\n") || !summary.ReceivedAt.Equal(kept.ReceivedAt) {
		t.Errorf("got %+v, %q, %v", summary, raw, err)
	}
	if _, _, err := s.Get("../index"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a name that is no id: got %v, want ErrNotFound", err)
	}
}

func TestStoreForgetsWhatWasBrokenOff(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	add(t, s, "a@example.com", "whole")
	s.Close()
	index, err := os.OpenFile(filepath.Join(dir, "index.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := index.WriteString(`{"id":"broken`); err != nil {
		t.Fatal(err)
	}
	index.Close()
	stray := filepath.Join(dir, "20990101T000000.000000.eml")
	if err := os.WriteFile(stray, []byte("never accepted"), 0o600); err != nil {
		t.Fatal(err)
	}

	s = openStore(t, dir)
	add(t, s, "b@example.com", "after")
	s.Close()
	s = openStore(t, dir)
	if got, want := subjects(s.List(Query{})), []string{"after", "whole"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := os.Stat(stray); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of a message that was not accepted is kept: %v", err)
	}
}

func TestStoreSearch(t *testing.T) {
	s := openStore(t, t.TempDir())
	add(t, s, "anna@example.com", "Ваше обращение принято")
	add(t, s, "boris@example.com", "Ваше обращение закрыто")
	add(t, s, "ANNA@example.com", "=?utf-8?b?0KHRh9GR0YI=?=") // Счёт
	for name, test := range map[string]struct {
		query Query
		want  []string
	}{
		"all":       {Query{}, []string{"Счёт", "Ваше обращение закрыто", "Ваше обращение принято"}},
		"to":        {Query{To: "anna@example.com"}, []string{"Счёт", "Ваше обращение принято"}},
		"subject":   {Query{Subject: "ОБРАЩЕНИЕ"}, []string{"Ваше обращение закрыто", "Ваше обращение принято"}},
		"both":      {Query{To: "anna", Subject: "обращение"}, []string{"Ваше обращение принято"}},
		"any to":    {Query{Any: "boris"}, []string{"Ваше обращение закрыто"}},
		"any title": {Query{Any: "счёт"}, []string{"Счёт"}},
		"nothing":   {Query{Any: "нет такого"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := subjects(s.List(test.query)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestStoreDeleteAll(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	gone := add(t, s, "a@example.com", "gone")
	if err := s.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Get(gone.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	add(t, s, "a@example.com", "new")
	s.Close()
	s = openStore(t, dir)
	if got := subjects(s.List(Query{})); !slices.Equal(got, []string{"new"}) {
		t.Errorf("after reopening: got %q, want what came after the deletion", got)
	}
}

func TestStoreAtOnce(t *testing.T) {
	s := openStore(t, t.TempDir())
	var all sync.WaitGroup
	const n = 50
	for i := range n {
		all.Go(func() {
			if _, err := s.Add("x", []string{"y"}, fmt.Appendf(nil, "Subject: %d\r\n\r\n", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for _, summary := range s.List(Query{}) {
		ids[summary.ID] = true
	}
	if len(ids) != n {
		t.Errorf("%d different ids of %d messages", len(ids), n)
	}
}
