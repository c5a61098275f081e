package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// asCommand makes the test's program behave as the command, which spares building it.
const asCommand = "MARSHRUT_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// output collects what a command prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// command is a running copy.
type command struct {
	t     *testing.T
	data  string
	cmd   *exec.Cmd
	out   *output
	ended chan struct{}
}

func launch(t *testing.T, data string, args ...string) *command {
	t.Helper()
	free := "127.0.0.1:0"
	args = append([]string{"--data", data, "--infra-only", "--addr", free, "--temporal-addr", free, "--ui-addr", free, "--mail-addr", free, "--mailbox-addr", free}, args...)
	c := &command{t: t, data: data, cmd: exec.Command(os.Args[0], args...), out: new(output), ended: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = c.out, c.out
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "MARSHRUT_") && !strings.HasPrefix(line, "DATABASE_URL=") {
			c.cmd.Env = append(c.cmd.Env, line)
		}
	}
	c.cmd.Env = append(c.cmd.Env, asCommand+"=1")
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait() // its state tells the rest
	}()
	return c
}

// environment waits until the command is ready and reads what it has written for other programs.
func (c *command) environment() map[string]string {
	c.t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		text, err := os.ReadFile(envPath(c.data))
		if err == nil {
			values := map[string]string{}
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				values[name] = strings.Trim(value, "'")
			}
			return values
		}
		select {
		case <-c.ended:
			c.t.Fatalf("ended while starting:\n%s", c.out)
		case <-deadline:
			c.t.Fatalf("not ready in time:\n%s", c.out)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// end sends a signal, waits for the end and answers the exit code, -1 after a signal's death.
func (c *command) end(signal os.Signal) int {
	c.t.Helper()
	if err := c.cmd.Process.Signal(signal); err != nil {
		c.t.Fatal(err)
	}
	<-c.ended
	return c.cmd.ProcessState.ExitCode()
}

func (c *command) fails(want ...string) {
	c.t.Helper()
	<-c.ended
	if c.cmd.ProcessState.ExitCode() != 1 {
		c.t.Errorf("exit code %d, want 1", c.cmd.ProcessState.ExitCode())
	}
	for _, text := range want {
		if !strings.Contains(c.out.String(), text) {
			c.t.Errorf("%q is missing in:\n%s", text, c.out)
		}
	}
}

func TestStandalone(t *testing.T) {
	// Not t.TempDir: the user PostgreSQL runs as must reach it.
	dir, err := os.MkdirTemp("", "standalone")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")

	first := launch(t, data)
	values := first.environment()
	temporal := connect(t, values)
	checkNamespace(t, temporal)
	checkUI(t, values)
	use(t, values)
	started, err := temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "none"}, "Kept")
	if err != nil {
		t.Fatal(err)
	}

	launch(t, data).fails("is held by process", fmt.Sprint(first.cmd.Process.Pid), "MARSHRUT_DATA")
	launch(t, filepath.Join(dir, "taken"), "--ui-addr", values["MARSHRUT_UI_ADDR"]).fails("MARSHRUT_UI_ADDR: ", "is taken")
	launch(t, filepath.Join(dir, "same"), "--database-url", values["DATABASE_URL"]).fails("another Temporal server already works on")
	second := launch(t, filepath.Join(dir, "second"), "--smtp-url", values["MARSHRUT_SMTP_URL"])
	if got := second.environment()["MARSHRUT_SMTP_URL"]; got != values["MARSHRUT_SMTP_URL"] {
		t.Errorf("the second copy sends mail to %s, want %s", got, values["MARSHRUT_SMTP_URL"])
	}
	if code := second.end(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit code %d:\n%s", code, second.out)
	}

	first.end(syscall.SIGKILL)
	// What it has left would be taken for the next one's.
	if err := os.Remove(envPath(data)); err != nil {
		t.Fatal(err)
	}
	again := launch(t, data)
	values = again.environment()
	if !strings.Contains(again.out.String(), "was still running") {
		t.Errorf("PostgreSQL was not taken over:\n%s", again.out)
	}
	checkKept(t, values, started)
	if code := again.end(os.Interrupt); code != 0 {
		t.Errorf("Ctrl-C: exit code %d:\n%s", code, again.out)
	}
	for _, gone := range []string{envPath(data), filepath.Join(data, "postgres", "data", "postmaster.pid")} {
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left after a graceful stop: %v", gone, err)
		}
	}

	last := launch(t, data)
	checkKept(t, last.environment(), started)
	if code := last.end(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit code %d:\n%s", code, last.out)
	}
	if starting, _, _ := strings.Cut(last.out.String(), "Ready in"); strings.Contains(starting, "level=") {
		t.Errorf("an ordinary start logs warnings:\n%s", starting)
	}
}

func connect(t *testing.T, values map[string]string) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: values["TEMPORAL_ADDRESS"], Namespace: values["TEMPORAL_NAMESPACE"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func checkNamespace(t *testing.T, c client.Client) {
	t.Helper()
	namespace, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if kept := namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); kept < 30*24*time.Hour {
		t.Errorf("histories are kept for %v only", kept)
	}
	attributes, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"MarshrutMap": "Keyword", "MarshrutMapVersion": "Int", "MarshrutStage": "Keyword", "MarshrutStatus": "Keyword",
		"MarshrutPerformer": "Keyword", "MarshrutMode": "Keyword", "MarshrutDue": "Datetime",
	} {
		if got := attributes.GetCustomAttributes()[name].String(); got != want {
			t.Errorf("search attribute %s is of type %s, want %s", name, got, want)
		}
	}
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", address, response.Status, err, body)
	}
	return string(body)
}

func checkUI(t *testing.T, values map[string]string) {
	t.Helper()
	ui := "http://" + values["MARSHRUT_UI_ADDR"]
	if page := fetch(t, ui+"/"); !strings.Contains(page, "<html") {
		t.Errorf("Temporal UI shows %s", page)
	}
	if namespaces := fetch(t, ui+"/api/v1/namespaces"); !strings.Contains(namespaces, `"default"`) {
		t.Errorf("Temporal UI does not reach Temporal: %s", namespaces)
	}
}

// use leaves something everywhere, which checkKept looks for.
func use(t *testing.T, values map[string]string) {
	t.Helper()
	execute(t, values, "CREATE TABLE kept (what text)")
	address, _, _ := strings.Cut(strings.TrimPrefix(values["MARSHRUT_SMTP_URL"], "smtp://"), "?")
	if err := smtp.SendMail(address, nil, "crm@example.com", []string{"client@example.com"}, []byte("Subject: kept\r\n\r\nkept\r\n")); err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(values["MARSHRUT_SMS_URL"], "application/json", strings.NewReader(`{"id":"kept","to":"+79161234567","text":"kept"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("send an SMS: %s", response.Status)
	}
}

func execute(t *testing.T, values map[string]string, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), values["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func checkKept(t *testing.T, values map[string]string, run client.WorkflowRun) {
	t.Helper()
	execute(t, values, "SELECT FROM kept")
	for _, box := range []string{"mail", "sms"} {
		if list := fetch(t, "http://"+values["MARSHRUT_MAILBOX_ADDR"]+"/"+box+"/api/messages"); !strings.Contains(list, `"total":1`) {
			t.Errorf("%s: %s", box, list)
		}
	}
	described, err := connect(t, values).DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	if err != nil || described.GetWorkflowExecutionInfo().GetType().GetName() != "Kept" {
		t.Errorf("the workflow is lost: %v, %v", described, err)
	}
}
