// Command bench measures the figures that Marshrut has to hold, each beside a baseline in the same run on the same machine:
// a bare Temporal workflow written for the purpose, or the product itself under a smaller load. It starts the servers it
// needs on a temporary data folder and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"marshrut/bench/scale"
)

// plan is how much is measured.
type plan struct {
	parts                  []string
	rounds, cases, clients int
	heapCases, tripCases   int
	sizes                  scale.Sizes
	strict                 bool
	profile                string // file for a CPU profile; empty: none
}

// parts are what can be measured by itself.
var parts = []string{"load", "trips", "heap", "scale", "start"}

// wholeRun bounds the run, should a server hang; an undisturbed one takes some five minutes.
const wholeRun = 20 * time.Minute

// progress tells what is going on.
type progress func(format string, arguments ...any)

func main() {
	p, err := readPlan(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	missed, err := run(ctx, p, os.Stdout)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if missed > 0 && p.strict {
		os.Exit(1)
	}
}

func readPlan(arguments []string, output io.Writer) (plan, error) {
	p := plan{rounds: 5, cases: 160, clients: 16, heapCases: 1000, tripCases: 10, sizes: scale.Full()}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	short := flags.Bool("short", false, "less of everything: three rounds, a tenth of the tasks, clients and feeds")
	flags.BoolVar(&p.strict, "strict", false, "exit with 1 when a figure is not held")
	flags.IntVar(&p.clients, "clients", p.clients, "how many clients work at a time")
	flags.IntVar(&p.cases, "cases", p.cases, "how many cases a round carries")
	flags.IntVar(&p.sizes.Tasks, "open-tasks", p.sizes.Tasks, "how many tasks are open in the part scale")
	flags.IntVar(&p.sizes.Clients, "client-cards", p.sizes.Clients, "how many clients there are in it")
	flags.IntVar(&p.sizes.Entries, "feed-entries", p.sizes.Entries, "how many entries its feeds have")
	flags.StringVar(&p.profile, "cpuprofile", "", "write a CPU profile of this process, product and baseline, to a `file`")
	only := flags.String("only", strings.Join(parts, ","), "what to measure")
	if err := flags.Parse(arguments); err != nil {
		return p, err
	}
	if *short {
		p.rounds, p.cases, p.heapCases, p.tripCases, p.sizes = 3, min(p.cases, 80), 300, 5, p.sizes.Part(10)
	}
	p.parts = strings.Split(*only, ",")
	for _, part := range p.parts {
		if !slices.Contains(parts, part) {
			return p, fmt.Errorf("--only: there is no %q; there are %s", part, strings.Join(parts, ", "))
		}
	}
	if p.clients < 1 || p.cases < p.clients {
		return p, errors.New("--clients must be positive, and --cases not smaller")
	}
	if err := p.sizes.Check(); err != nil {
		return p, fmt.Errorf("--open-tasks, --client-cards, --feed-entries: %w", err)
	}
	return p, nil
}

func (p *plan) has(part string) bool { return slices.Contains(p.parts, part) }

// run measures and prints the table. It tells how many figures are not as wanted.
func run(ctx context.Context, p plan, out io.Writer) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, wholeRun)
	defer cancel()
	began := time.Now()
	say := func(format string, arguments ...any) {
		fmt.Fprintf(out, "%4.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, arguments...))
	}
	data, err := os.MkdirTemp("", "marshrut-bench-")
	if err != nil {
		return 0, fmt.Errorf("make a data folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(data) }() // what is left is the system's to clean
	// Postgres may run as another user, which has to get through to its folder.
	if err := os.Chmod(data, 0o755); err != nil { //nolint:gosec // it holds nothing but folders that guard themselves
		return 0, fmt.Errorf("open the data folder: %w", err)
	}
	program, err := findStandalone(ctx, data, say)
	if err != nil {
		return 0, err
	}
	stopProfile, err := startProfile(p.profile)
	if err != nil {
		return 0, err
	}
	defer stopProfile()
	figures, err := measure(ctx, p, program, data+"/data", say)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "\n%d rounds, %d cases each, %d clients; %.0f s; load average %s\n\n", p.rounds, p.cases, p.clients, time.Since(began).Seconds(), loadAverage())
	return report(out, figures), nil
}

// startProfile profiles this process until the function it gives is called.
func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path) //nolint:gosec // the file is the caller's to name
	if err != nil {
		return nil, fmt.Errorf("--cpuprofile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("--cpuprofile: %w", err), file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // a profile cut short shows as such when it is read
	}, nil
}

// loadAverage tells how busy the machine was with other things too; empty where it does not say.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	words := strings.Fields(string(text))
	return strings.Join(words[:min(3, len(words))], " ")
}

// findStandalone gives the program that runs the servers: MARSHRUT_STANDALONE, or one built here.
func findStandalone(ctx context.Context, folder string, say progress) (string, error) {
	if program := os.Getenv("MARSHRUT_STANDALONE"); program != "" {
		return program, nil
	}
	program := folder + "/marshrut-standalone"
	say("building marshrut-standalone (the first time takes minutes)")
	build := exec.CommandContext(ctx, "go", "build", "-C", "standalone", "-o", program, ".") //nolint:gosec // a path made here
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build marshrut-standalone, in the project's folder: %w\n%s", err, output)
	}
	return program, nil
}

// measure takes the figures that are wanted, in the table's order.
func measure(ctx context.Context, p plan, program, data string, say progress) ([]figure, error) {
	infra, err := startStandalone(ctx, program, data, "--infra-only")
	if err != nil {
		return nil, err
	}
	say("servers ready in %.1f s", infra.took.Seconds())
	figures, err := measureProduct(ctx, p, infra, say)
	if err := errors.Join(err, infra.stop()); err != nil {
		return nil, err
	}
	if !p.has("start") {
		return figures, nil
	}
	start, err := measureStarts(ctx, program, data, p.rounds, say)
	return append(figures, start), err
}

func measureProduct(ctx context.Context, p plan, infra *standalone, say progress) ([]figure, error) {
	o := productOptions{
		database: infra.env["DATABASE_URL"], env: infra.env, worker: true,
		log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	figures, err := measureLoad(ctx, p, o, say)
	if err != nil {
		return nil, err
	}
	if p.has("trips") {
		say("counting the database's work")
		trips, err := measureTrips(ctx, o, p.tripCases)
		if err != nil {
			return nil, err
		}
		figures = append(figures, trips...)
	}
	if p.has("scale") {
		lists, err := measureScale(ctx, o, p.sizes, p.rounds, say)
		if err != nil {
			return nil, err
		}
		figures = append(figures, lists...)
	}
	return figures, nil
}

// measureLoad takes the figures of one running product: load with histories, and heap.
func measureLoad(ctx context.Context, p plan, o productOptions, say progress) (figures []figure, err error) {
	if !p.has("load") && !p.has("heap") {
		return nil, nil
	}
	product, err := startProduct(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, product.close()) }()
	if p.has("load") {
		if figures, err = measureCases(ctx, p, product, o, say); err != nil {
			return nil, err
		}
	}
	if p.has("heap") {
		heap, err := measureHeap(ctx, product, p.heapCases, p.clients, say)
		if err != nil {
			return nil, err
		}
		figures = append(figures, heap)
	}
	return figures, nil
}

func measureCases(ctx context.Context, p plan, product *product, o productOptions, say progress) ([]figure, error) {
	baseline, err := startBare(temporalOptions(o.env))
	if err != nil {
		return nil, err
	}
	defer baseline.close()
	figures, last, err := compare(ctx, product, baseline, p, say)
	if err != nil {
		return nil, err
	}
	if err := checkDelivered(ctx, product, last); err != nil {
		return nil, err
	}
	history, err := measureHistory(ctx, product.temporal, last)
	return append(figures, history), err
}
