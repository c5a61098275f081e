package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"marshrut/crm"
	"marshrut/notify"
)

// Hooks calls webhooks.
type Hooks struct {
	client *http.Client
}

// NewHooks gives a caller of webhooks that follows no redirects: the map's author named one address, and no other is
// called.
func NewHooks() Hooks {
	return Hooks{client: &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// hookBody is what a webhook is told: keys and ids, for the other side to ask the API about.
type hookBody struct {
	ID     string    `json:"id"` // the same at every attempt
	Case   string    `json:"case"`
	Number string    `json:"number"`
	Kind   crm.Kind  `json:"kind"`
	Map    string    `json:"map"`
	Stage  string    `json:"stage"`
	Rule   string    `json:"rule"`
	At     time.Time `json:"at"`
}

// Call posts the notification to its webhook. The id lets the other side do its work once, so whatever has no clear answer
// is tried again.
func (h Hooks) Call(ctx context.Context, n *crm.Notification, d *crm.Delivery) error {
	body, err := json.Marshal(hookBody{
		ID: n.ID.String(), Case: d.Case.ID.String(), Number: d.Case.Number, Kind: d.Case.Kind, Map: d.Case.MapID,
		Stage: n.Path, Rule: n.Rule, At: n.CreatedAt,
	})
	if err != nil {
		return fmt.Errorf("encode a webhook's body: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		return &notify.DeliveryError{Class: notify.Permanent, Code: notify.CodeBadURL, Reason: "bad_url"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", n.ID.String())
	request.Header.Set("User-Agent", "Marshrut")
	response, err := h.client.Do(request)
	if err != nil {
		return &notify.DeliveryError{Class: notify.Retry, Code: notify.CodeWebhookUnreachable, Reason: "webhook_unreachable"}
	}
	defer func() { _ = response.Body.Close() }()
	// The answer's content means nothing here; reading some of it lets the connection be used again.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return hookAnswer(response.StatusCode)
}

func hookAnswer(status int) error {
	reason := "webhook_refused: HTTP " + strconv.Itoa(status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return &notify.DeliveryError{Class: notify.Retry, Code: notify.CodeWebhookRefused, Reason: reason}
	}
	return &notify.DeliveryError{Class: notify.Permanent, Code: notify.CodeWebhookRefused, Reason: reason}
}
