package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"net"
	"strings"
	"testing"

	"marshrut/app"
)

func TestParseSettings(t *testing.T) {
	environment := map[string]string{"MARSHRUT_ADDR": "127.0.0.1:1", "MARSHRUT_DATA": "/from/environment"}
	s, err := parseSettings([]string{"--addr", "127.0.0.1:2", "--infra-only"}, func(name string) string { return environment[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr != "127.0.0.1:2" || s.Data != "/from/environment" || s.UIAddr != "127.0.0.1:8233" || !s.InfraOnly {
		t.Errorf("got %+v: a flag wins over the environment, which wins over the default", s)
	}
}

func TestParseSettingsRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"address":  {[]string{"--addr", "8080"}, []string{"MARSHRUT_ADDR", "--addr", `"8080"`, "127.0.0.1:8080"}},
		"port":     {[]string{"--ui-addr", "127.0.0.1:http"}, []string{"MARSHRUT_UI_ADDR"}},
		"port 1e6": {[]string{"--mail-addr", "127.0.0.1:1000000"}, []string{"MARSHRUT_MAIL_ADDR"}},
		"data":     {[]string{"--data", ""}, []string{"MARSHRUT_DATA"}},
		"argument": {[]string{"start"}, []string{`"start"`}},
		"flag":     {[]string{"--nonsense"}, []string{"nonsense"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseSettings(test.args, func(string) string { return "" }, io.Discard)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want it to say %s", err, want)
				}
			}
		})
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	if _, err := parseSettings([]string{"-h"}, func(string) string { return "" }, &out); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("got %v, want flag.ErrHelp", err)
	}
	for _, item := range new(settings).table() {
		if !strings.Contains(out.String(), item.variable+", --"+item.flag) {
			t.Errorf("%s is missing in:\n%s", item.variable, out.String())
		}
	}
	if !strings.Contains(out.String(), "--infra-only") {
		t.Error("--infra-only is missing")
	}
}

func TestParseSettingsReadsDynamicConfiguration(t *testing.T) {
	nothing := func(string) string { return "" }
	s, err := parseSettings([]string{"--temporal-dynamic", "limit.a=40", "--temporal-dynamic", "b=x=y"}, nothing, io.Discard)
	if err != nil || s.TemporalDynamic["limit.a"] != 40 || s.TemporalDynamic["b"] != "x=y" {
		t.Errorf("got %v, %v", s.TemporalDynamic, err)
	}
	if _, err := parseSettings([]string{"--temporal-dynamic", "limit.a"}, nothing, io.Discard); err == nil || !strings.Contains(err.Error(), "name=value") {
		t.Errorf("without a value: %v", err)
	}
}

func everyPortFree() settings {
	free := "127.0.0.1:0"
	return settings{Addr: free, TemporalAddr: free, UIAddr: free, MailAddr: free, MailboxAddr: free}
}

func TestOpenPortsNamesTheSettingOfATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, set := range map[string]func(*settings){
		"MARSHRUT_ADDR":          func(s *settings) { s.Addr = taken.Addr().String() },
		"MARSHRUT_TEMPORAL_ADDR": func(s *settings) { s.TemporalAddr = taken.Addr().String() },
		"MARSHRUT_UI_ADDR":       func(s *settings) { s.UIAddr = taken.Addr().String() },
		"MARSHRUT_MAIL_ADDR":     func(s *settings) { s.MailAddr = taken.Addr().String() },
		"MARSHRUT_MAILBOX_ADDR":  func(s *settings) { s.MailboxAddr = taken.Addr().String() },
	} {
		s := everyPortFree()
		set(&s)
		_, err := openPorts(t.Context(), &s)
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || !strings.Contains(err.Error(), taken.Addr().String()) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s taken: got %v", name, err)
		}
	}
}

func TestOpenPortsLeavesUnusedAddressesAlone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := everyPortFree()
	// Another mailbox may well listen there, and a server started by hand.
	s.MailAddr, s.SMTPURL = taken.Addr().String(), "smtp://"+taken.Addr().String()
	s.Addr, s.InfraOnly = taken.Addr().String(), true
	p, err := openPorts(t.Context(), &s)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if strings.HasSuffix(s.UIAddr, ":0") {
		t.Errorf("the port found for Temporal UI is not told: %s", s.UIAddr)
	}
}

func TestTheProgramTellsItsVersion(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s, err := appSettings(environment{
		Data: t.TempDir(), Listener: listener, DatabaseURL: "postgres://localhost/x", SMTPURL: "smtp://localhost:25", SMSURL: "http://localhost:1",
		TemporalAddress: "localhost:7233", TemporalNamespace: "default",
	})
	if err != nil || s.Version == "" || s.Version != app.Version() {
		t.Errorf("version %q, %v", s.Version, err)
	}
}

func TestDialable(t *testing.T) {
	for listen, want := range map[string]string{"127.0.0.1:0": "127.0.0.1:", "0.0.0.0:0": "127.0.0.1:", ":0": "127.0.0.1:"} {
		listener, err := net.Listen("tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		if got := dialable(listener.Addr()); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s", listen, got)
		}
		listener.Close()
	}
}

func TestQuote(t *testing.T) {
	for value, want := range map[string]string{
		"127.0.0.1:80":     "127.0.0.1:80",
		"a&b?c":            "'a&b?c'",
		"it's":             `'it'\''s'`,
		"":                 "",
		"/path with/space": "'/path with/space'",
	} {
		if got := quote(value); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}
