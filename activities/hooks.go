package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"marshrut/crm"
	"marshrut/notify"
)

// Hooks calls the webhooks of route maps.
type Hooks struct {
	caller notify.HookCaller
}

// NewHooks gives a caller of webhooks.
func NewHooks() Hooks { return Hooks{caller: notify.NewHookCaller(sendTimeout)} }

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
	status, err := h.caller.Post(ctx, notify.HookCall{URL: n.URL, Key: n.ID.String(), Body: body})
	if err != nil {
		return err
	}
	return hookAnswer(status)
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
