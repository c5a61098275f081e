package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"marshrut/postgres/pgserver"
	"marshrut/postgres/pgserver/datafolder"
	"marshrut/standalone/temporalserver"
)

// start starts everything in order and leaves what runs on the stack, also when it fails half-way.
func start(ctx context.Context, s settings, all *stack, out *console, log *slog.Logger) error {
	folder, err := datafolder.Open(s.Data)
	if err != nil {
		return fmt.Errorf("%w (choose another with MARSHRUT_DATA or --data)", err)
	}
	all.push(part{name: "data folder", quiet: true, stop: func(context.Context) error { return folder.Close() }})
	if err := removeEnv(folder.Path()); err != nil {
		return err
	}
	if err := makeKeys(folder.Path()); err != nil {
		return err
	}
	ports, err := openPorts(ctx, &s)
	if err != nil {
		return err
	}
	// Closing again what its user has closed does nothing.
	all.push(part{name: "addresses", quiet: true, stop: func(context.Context) error { ports.close(); return nil }})
	out.line("Marshrut, data in %s", folder.Path())
	env := environment{
		Listener: ports.app, Addr: s.Addr, Data: folder.Path(),
		SMTPURL: s.SMTPURL, SMSURL: s.SMSURL, RouteMaps: s.RouteMaps, console: out,
	}
	if env.DatabaseURL, err = startPostgres(ctx, s, folder.Path(), all, out, log); err != nil {
		return err
	}
	if err := startTemporal(ctx, s, ports, &env, all, out, log); err != nil {
		return err
	}
	if err := startMailbox(folder, ports, &env, all, out, log); err != nil {
		return err
	}
	if !s.InfraOnly {
		if err := startMarshrut(ctx, env, all, out, log); err != nil {
			return err
		}
	} else if ports.app != nil {
		ports.app.Close() // the server to be started by hand listens there
	}
	if err := writeEnv(folder.Path(), env.variables(s)); err != nil {
		return err
	}
	all.push(part{name: "environment file", quiet: true, stop: func(context.Context) error { return removeEnv(folder.Path()) }})
	env.announce(s.InfraOnly)
	return nil
}

func startMarshrut(ctx context.Context, env environment, all *stack, out *console, log *slog.Logger) error {
	return out.step("Marshrut", func() (string, error) {
		stop, failed, err := startApp(ctx, env, log)
		if err != nil {
			return "", err
		}
		all.push(part{name: "Marshrut", stop: stop, failed: failed})
		return "", nil
	})
}

func startMailbox(folder *datafolder.Folder, ports ports, env *environment, all *stack, out *console, log *slog.Logger) error {
	return out.step("Mailbox", func() (string, error) {
		box, err := startSentBox(folder, ports, env, log)
		if err != nil {
			return "", err
		}
		all.push(part{name: "Mailbox", stop: box.stop, failed: box.failed})
		return "", nil
	})
}

func startPostgres(ctx context.Context, s settings, data string, all *stack, out *console, log *slog.Logger) (databaseURL string, err error) {
	if s.DatabaseURL != "" {
		return s.DatabaseURL, nil
	}
	err = out.step("PostgreSQL", func() (string, error) {
		server, err := pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(data, "postgres"), Bin: s.PGBin, Log: log})
		if err != nil {
			return "", err
		}
		all.push(part{name: "PostgreSQL", stop: server.Stop, abandon: server.Abandon, failed: server.Failed()})
		databaseURL = server.URL(pgserver.Database)
		return describePostgres(server, data), nil
	})
	return databaseURL, err
}

func describePostgres(server *pgserver.Server, data string) string {
	note := fmt.Sprintf("version %d", server.Major())
	if server.TookOver() {
		note += ", was still running"
	}
	if filepath.Dir(server.Home()) != data {
		note += ", its data in " + server.Home()
	}
	return note
}

func startTemporal(ctx context.Context, s settings, ports ports, env *environment, all *stack, out *console, log *slog.Logger) error {
	err := out.step("Temporal", func() (string, error) {
		ports.temporal.Close() // the server listens by itself
		server, err := temporalserver.Start(ctx, temporalserver.Config{
			DatabaseURL: env.DatabaseURL, Address: s.TemporalAddr, Dynamic: s.TemporalDynamic, Log: log,
		})
		if err != nil {
			return "", err
		}
		all.push(part{name: "Temporal", stop: server.Stop, failed: server.Failed()})
		env.TemporalAddress, env.TemporalNamespace = server.Address(), temporalserver.Namespace
		return "", nil
	})
	if err != nil {
		return err
	}
	return out.step("Temporal UI", func() (string, error) {
		ports.ui.Close() // as above
		ui, err := temporalserver.StartUI(ctx, s.UIAddr, env.TemporalAddress)
		if err != nil {
			return "", err
		}
		all.push(part{name: "Temporal UI", stop: func(context.Context) error { ui.Stop(); return nil }})
		env.TemporalUIURL = ui.URL()
		return "", nil
	})
}

// dialable is where to connect to what listens on an address: what listens everywhere is found here.
func dialable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return address.String()
}
