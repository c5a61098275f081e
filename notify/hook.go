package notify

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// HookCaller calls addresses of other systems.
type HookCaller struct {
	client *http.Client
}

// NewHookCaller gives a caller that follows no redirects: one address was named, and no other is called.
func NewHookCaller(timeout time.Duration) HookCaller {
	return HookCaller{client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// HookCall is what another system is told. It can tell by the key that it was told before.
type HookCall struct {
	URL     string
	Key     string // of the header Idempotency-Key
	Body    []byte // JSON
	Headers map[string]string
}

// Post calls, and answers the HTTP status. An error says that there was no answer, or that the address cannot be called at all (a
// *DeliveryError of class Permanent); it tells nothing of the address, which may hold a secret.
func (c HookCaller) Post(ctx context.Context, call HookCall) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return 0, &DeliveryError{Class: Permanent, Code: CodeBadURL, Reason: "bad_url"}
	}
	for name, value := range call.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", call.Key)
	request.Header.Set("User-Agent", "Marshrut")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, &DeliveryError{Class: Retry, Code: CodeWebhookUnreachable, Reason: "webhook_unreachable"}
	}
	defer func() { _ = response.Body.Close() }()
	// The answer's content means nothing here; reading some of it lets the connection be used again.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return response.StatusCode, nil
}
