package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// settings are what the environment and the flags say; a flag wins.
type settings struct {
	Addr        string
	Data        string
	DatabaseURL string
	PGBin       string
	TemporalAddr,
	UIAddr,
	MailAddr,
	MailboxAddr string
	SMTPURL   string
	SMSURL    string
	RouteMaps string
	InfraOnly bool
	// TemporalDynamic is Temporal's dynamic configuration by name, over what this program sets itself.
	TemporalDynamic map[string]any
}

// setting is one of settings, with the environment variable and the flag it is read from.
type setting struct {
	variable string
	flag     string
	value    *string
	initial  string
	usage    string
}

func (s *settings) table() []setting {
	return []setting{
		{"MARSHRUT_ADDR", "addr", &s.Addr, "127.0.0.1:8080", "`address` of the page and the API"},
		{"MARSHRUT_DATA", "data", &s.Data, ".marshrut", "`folder` everything is kept in"},
		{"DATABASE_URL", "database-url", &s.DatabaseURL, "", "PostgreSQL server to use instead of a private one, as postgres://user:password@host/database; temporal and temporal_visibility are created beside the database"},
		{"MARSHRUT_PG_BIN", "pg-bin", &s.PGBin, "", "`folder` of PostgreSQL's programs, when they are not where they usually are"},
		{"MARSHRUT_TEMPORAL_ADDR", "temporal-addr", &s.TemporalAddr, "127.0.0.1:7233", "`address` of the Temporal server"},
		{"MARSHRUT_UI_ADDR", "ui-addr", &s.UIAddr, "127.0.0.1:8233", "`address` of Temporal UI"},
		{"MARSHRUT_MAIL_ADDR", "mail-addr", &s.MailAddr, "127.0.0.1:1025", "`address` the local mailbox takes mail at (SMTP)"},
		{"MARSHRUT_MAILBOX_ADDR", "mailbox-addr", &s.MailboxAddr, "127.0.0.1:8025", "`address` of the page with the mail and SMS that were sent"},
		{"MARSHRUT_SMTP_URL", "smtp-url", &s.SMTPURL, "", "mail server to use instead of the local mailbox, as smtp://user:password@host:port"},
		{"MARSHRUT_SMS_URL", "sms-url", &s.SMSURL, "", "SMS provider to use instead of the simulator"},
		{"MARSHRUT_ROUTEMAPS", "routemaps", &s.RouteMaps, "", "`folder` of route maps to publish at the start"},
	}
}

// parseSettings reads the command line over the environment. Asked for help, it prints it and fails with flag.ErrHelp.
func parseSettings(args []string, getenv func(string) string, output io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("marshrut-standalone", flag.ContinueOnError)
	// Errors are printed once, by the caller.
	flags.SetOutput(io.Discard)
	table := s.table()
	for _, item := range table {
		initial := item.initial
		if value := getenv(item.variable); value != "" {
			initial = value
		}
		flags.StringVar(item.value, item.flag, initial, item.usage+" ("+item.variable+")")
	}
	flags.BoolVar(&s.InfraOnly, "infra-only", false,
		"only PostgreSQL, Temporal and the mailbox; run `marshrut server` and `marshrut worker` yourself with the environment written to DATA/env")
	flags.Func("temporal-dynamic", "`name=value` of Temporal's dynamic configuration; may be repeated", s.addDynamic)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			printUsage(table, output)
		}
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unknown argument %q; -h shows what there is", flags.Arg(0))
	}
	if err := s.check(); err != nil {
		return settings{}, err
	}
	return s, nil
}

// addDynamic reads name=value; the value is a whole number, or a text.
func (s *settings) addDynamic(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("it must have the form name=value")
	}
	if s.TemporalDynamic == nil {
		s.TemporalDynamic = map[string]any{}
	}
	s.TemporalDynamic[name] = value
	if number, err := strconv.Atoi(value); err == nil {
		s.TemporalDynamic[name] = number
	}
	return nil
}

func printUsage(table []setting, output io.Writer) {
	fmt.Fprint(output, "Marshrut with everything it needs, in one process on one machine.\n\nEach setting is an environment variable and a flag. "+
		"An address is host:port; port 0 takes a free one.\n\n")
	for _, item := range table {
		name, usage := flag.UnquoteUsage(&flag.Flag{Usage: item.usage})
		fmt.Fprintf(output, "  %s, --%s %s\n        %s", item.variable, item.flag, name, usage)
		if item.initial != "" {
			fmt.Fprintf(output, " (%s)", item.initial)
		}
		fmt.Fprintln(output)
	}
	fmt.Fprint(output, "  --infra-only\n        only PostgreSQL, Temporal and the mailbox; run `marshrut server` and `marshrut worker` yourself,\n"+
		"        with the environment written to the file env in the data folder:  set -a; . .marshrut/env; set +a\n"+
		"  --temporal-dynamic name=value\n        of Temporal's dynamic configuration, as limit.historyCount.suggestContinueAsNew=200; may be repeated\n")
}

// check refuses what could only fail later and less clearly.
func (s *settings) check() error {
	if s.Data == "" {
		return errors.New("MARSHRUT_DATA (--data) must name a folder")
	}
	for _, item := range s.addresses() {
		_, port, err := net.SplitHostPort(*item.value)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return fmt.Errorf("%s (--%s) must be an address like %s, not %q", item.variable, item.flag, item.initial, *item.value)
		}
	}
	return nil
}

// addresses are the settings that say where this process listens.
func (s *settings) addresses() []setting {
	wanted := map[*string]bool{
		// Without the application its address is only named to it, unless a free one is to be found.
		&s.Addr:         !s.InfraOnly || strings.HasSuffix(s.Addr, ":0"),
		&s.TemporalAddr: true,
		&s.UIAddr:       true,
		&s.MailAddr:     s.SMTPURL == "",
		&s.MailboxAddr:  s.SMTPURL == "" || s.SMSURL == "",
	}
	var all []setting
	for _, item := range s.table() {
		if wanted[item.value] {
			all = append(all, item)
		}
	}
	return all
}
