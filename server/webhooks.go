package server

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"marshrut/crm"
)

// webhookKind is what a webhook can be told of.
type webhookKind string

// Schema names what kinds there are.
func (webhookKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, kind := range crm.WebhookKinds() {
		s.Enum = append(s.Enum, kind)
	}
	return s
}

func kindsOf(kinds []webhookKind) []string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	return names
}

// WebhookView is another system that is told of what happens to cases, without its secret.
type WebhookView struct {
	ID        uuid.UUID     `json:"id" format:"uuid"`
	Name      string        `json:"name"`
	URL       string        `json:"url"`
	Kinds     []webhookKind `json:"kinds" nullable:"false" doc:"Kinds of entries of cases' feeds that it is told of"`
	Enabled   bool          `json:"enabled" doc:"false: nothing that happens is told, and what was to be delivered waits"`
	Waiting   countView     `json:"waiting" doc:"Deliveries that are still to be made, counted up to 1000"`
	Failed    countView     `json:"failed" doc:"Deliveries that were given up, counted up to 1000"`
	CreatedAt time.Time     `json:"created_at"`
	CreatedBy uuid.UUID     `json:"created_by,omitzero" format:"uuid"`
}

func viewWebhook(w *crm.Webhook) WebhookView {
	v := WebhookView{
		ID: w.ID, Name: w.Name, URL: w.URL, Kinds: make([]webhookKind, len(w.Kinds)), Enabled: w.Enabled, CreatedAt: w.CreatedAt, CreatedBy: w.CreatedBy,
		Waiting: countView{Count: w.Waiting.N, More: w.Waiting.More}, Failed: countView{Count: w.Failed.N, More: w.Failed.More},
	}
	for i, kind := range w.Kinds {
		v.Kinds[i] = webhookKind(kind)
	}
	return v
}

// webhookDeliveryView is one thing that has happened, as a webhook is told of it.
type webhookDeliveryView struct {
	ID         uuid.UUID         `json:"id" format:"uuid" doc:"The same at every attempt: Webhook-Id and Idempotency-Key of the call"`
	Kind       string            `json:"kind" doc:"Kind of the entry, or test" example:"stage_entered"`
	CaseID     uuid.UUID         `json:"case_id,omitzero" format:"uuid"`
	CaseKind   crm.Kind          `json:"case_kind,omitempty" enum:"appeal,interest,deal,claim"`
	EntryID    uuid.UUID         `json:"entry_id,omitzero" format:"uuid" doc:"Entry of the case's feed"`
	HappenedAt time.Time         `json:"happened_at"`
	Status     crm.WebhookStatus `json:"status" enum:"pending,delivered,failed" doc:"failed: given up after about a day of attempts"`
	Attempts   int               `json:"attempts"`
	Answer     int               `json:"answer,omitempty" doc:"HTTP status that the last attempt was answered with; missing: there was no answer"`
	Problem    string            `json:"problem,omitempty" enum:"webhook_unreachable,webhook_refused" doc:"Why the last attempt failed"`
	NextAt     *time.Time        `json:"next_at,omitempty" doc:"When it is tried next"`
	CreatedAt  time.Time         `json:"created_at"`
	FinishedAt *time.Time        `json:"finished_at,omitempty"`
	MayRetry   bool              `json:"may_retry" doc:"POST …/retry is possible"`
}

func viewWebhookDelivery(d *crm.WebhookDelivery) webhookDeliveryView {
	return webhookDeliveryView{
		ID: d.ID, Kind: d.Kind, CaseID: d.CaseID, CaseKind: d.CaseKind, EntryID: d.EntryID, HappenedAt: d.HappenedAt, Status: d.Status, Attempts: d.Attempt,
		Answer: d.Answer, Problem: d.Problem, NextAt: d.NextAt, CreatedAt: d.CreatedAt, FinishedAt: d.FinishedAt, MayRetry: d.Status != crm.WebhookDelivered,
	}
}

// WebhookPath names a webhook.
type WebhookPath struct {
	ID string `path:"id" doc:"Id of the webhook"`
}

func (p WebhookPath) id() (uuid.UUID, error) { return idOf(p.ID, "webhook_not_found") }

type webhookOutput struct {
	ETag string `header:"ETag"`
	Body WebhookView
}

func showWebhook(w *crm.Webhook) *webhookOutput {
	return &webhookOutput{ETag: etag(w.Version), Body: viewWebhook(w)}
}

// webhookSecretOutput shows a webhook with its secret, this once.
type webhookSecretOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     struct {
		WebhookView

		Secret string `json:"secret" doc:"Calls are signed with it. It is not shown again" example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
	}
}

func showWebhookSecret(w *crm.Webhook, secret []byte) *webhookSecretOutput {
	out := &webhookSecretOutput{Location: apiPrefix + "/webhooks/" + w.ID.String(), ETag: etag(w.Version)}
	out.Body.WebhookView, out.Body.Secret = viewWebhook(w), "whsec_"+base64.StdEncoding.EncodeToString(secret)
	return out
}

func (s *Server) listWebhooks(ctx context.Context, _ *struct{}) (*listOutput[WebhookView], error) {
	all, err := s.services.Webhooks.ListWebhooks(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewWebhook), nil
}

func (s *Server) getWebhook(ctx context.Context, in *WebhookPath) (*webhookOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	w, err := s.services.Webhooks.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	return showWebhook(w), nil
}

type newWebhookInput struct {
	Body struct {
		Name    string        `json:"name" minLength:"1" maxLength:"200" doc:"What it is for, to tell it from others" example:"Warehouse"`
		URL     string        `json:"url" minLength:"1" maxLength:"2000" doc:"https, or http to the machine that Marshrut runs on; without a password in it" example:"https://warehouse.example/hooks/marshrut"`
		Kinds   []webhookKind `json:"kinds" minItems:"1" maxItems:"50" nullable:"false"`
		Enabled *bool         `json:"enabled,omitempty" doc:"Without it: true"`
	}
}

// createWebhook makes a webhook. Its secret leaves this function in the answer alone.
func (s *Server) createWebhook(ctx context.Context, in *newWebhookInput) (*webhookSecretOutput, error) {
	w := crm.Webhook{
		ID: secretID(ctx), Name: crm.OneLine(in.Body.Name), URL: in.Body.URL, Kinds: kindsOf(in.Body.Kinds), Enabled: in.Body.Enabled == nil || *in.Body.Enabled,
		CreatedBy: userOf(ctx).ID,
	}
	if err := checkWebhook(&w.Name, &w.URL); err != nil {
		return nil, err
	}
	made, secret, err := s.services.Webhooks.CreateWebhook(ctx, w)
	if err != nil {
		return nil, err
	}
	return showWebhookSecret(made, secret), nil
}

// checkWebhook refuses what cannot be the name or the address of a webhook; nil: stays.
func checkWebhook(name, url *string) error {
	if name != nil && *name == "" {
		return invalid("/name", codeRequired)
	}
	if url != nil && crm.HookURL(*url) != crm.HookURLFine {
		return invalid("/url", "wrong_hook_url")
	}
	return nil
}

type patchWebhookInput struct {
	WebhookPath
	MatchInput
	Body struct {
		Name    *string       `json:"name,omitempty" minLength:"1" maxLength:"200"`
		URL     *string       `json:"url,omitempty" minLength:"1" maxLength:"2000" doc:"What waits goes there too"`
		Kinds   []webhookKind `json:"kinds,omitempty" minItems:"1" maxItems:"50" nullable:"false" doc:"Instead of those before"`
		Enabled *bool         `json:"enabled,omitempty" doc:"false: nothing that happens is told until it is enabled again, and what waits goes on then"`
	}
}

func (s *Server) patchWebhook(ctx context.Context, in *patchWebhookInput) (*webhookOutput, error) {
	p := crm.WebhookPatch{Name: in.Body.Name, URL: in.Body.URL, Enabled: in.Body.Enabled}
	if p.Name != nil {
		*p.Name = crm.OneLine(*p.Name)
	}
	if in.Body.Kinds != nil {
		p.Kinds = kindsOf(in.Body.Kinds)
	}
	if err := checkWebhook(p.Name, p.URL); err != nil {
		return nil, err
	}
	id, version, err := s.webhookVersion(ctx, in.WebhookPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	w, err := s.services.Webhooks.PatchWebhook(ctx, id, version, p)
	if err != nil {
		return nil, err
	}
	return showWebhook(w), nil
}

func (s *Server) webhookVersion(ctx context.Context, path WebhookPath, match MatchInput) (uuid.UUID, int, error) {
	id, err := path.id()
	if err != nil {
		return id, 0, err
	}
	version, err := versionOf(ctx, match, id, s.services.Webhooks.Webhook, func(w *crm.Webhook) int { return w.Version })
	return id, version, err
}

type matchWebhookInput struct {
	WebhookPath
	MatchInput
}

func (s *Server) deleteWebhook(ctx context.Context, in *matchWebhookInput) (*struct{}, error) {
	id, version, err := s.webhookVersion(ctx, in.WebhookPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Webhooks.DeleteWebhook(ctx, id, version)
}

// renewWebhookSecret gives a webhook another secret. It leaves this function in the answer alone.
func (s *Server) renewWebhookSecret(ctx context.Context, in *matchWebhookInput) (*webhookSecretOutput, error) {
	id, version, err := s.webhookVersion(ctx, in.WebhookPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	w, secret, err := s.services.Webhooks.RenewWebhookSecret(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return showWebhookSecret(w, secret), nil
}

type webhookDeliveryOutput struct {
	Body webhookDeliveryView
}

func (s *Server) testWebhook(ctx context.Context, in *WebhookPath) (*webhookDeliveryOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	d, err := s.services.Webhooks.TestWebhook(ctx, id, recordID(ctx))
	if err != nil {
		return nil, err
	}
	return &webhookDeliveryOutput{Body: viewWebhookDelivery(d)}, nil
}

type webhookDeliveriesInput struct {
	WebhookPath
	PageInput
	Status crm.WebhookStatus `query:"status" enum:"pending,delivered,failed" doc:"Only those"`
}

func (s *Server) listWebhookDeliveries(ctx context.Context, in *webhookDeliveriesInput) (*listOutput[webhookDeliveryView], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	if _, err := s.services.Webhooks.Webhook(ctx, id); err != nil {
		return nil, err
	}
	page, err := s.services.Webhooks.WebhookDeliveries(ctx, crm.WebhookDeliveryFilter{WebhookID: id, Status: in.Status, After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewWebhookDelivery)
}

// WebhookDeliveryPath names a delivery of a webhook.
type WebhookDeliveryPath struct {
	WebhookPath

	Delivery string `path:"delivery" doc:"Id of the delivery"`
}

func (p WebhookDeliveryPath) ids() (webhook, delivery uuid.UUID, err error) {
	if webhook, err = p.id(); err != nil {
		return webhook, delivery, err
	}
	delivery, err = idOf(p.Delivery, "webhook_delivery_not_found")
	return webhook, delivery, err
}

func (s *Server) getWebhookDelivery(ctx context.Context, in *WebhookDeliveryPath) (*webhookDeliveryOutput, error) {
	webhook, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	d, err := s.services.Webhooks.WebhookDelivery(ctx, webhook, id)
	if err != nil {
		return nil, err
	}
	return &webhookDeliveryOutput{Body: viewWebhookDelivery(d)}, nil
}

func (s *Server) retryWebhookDelivery(ctx context.Context, in *WebhookDeliveryPath) (*webhookDeliveryOutput, error) {
	webhook, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	d, err := s.services.Webhooks.RetryWebhookDelivery(ctx, webhook, id)
	if err != nil {
		return nil, err
	}
	return &webhookDeliveryOutput{Body: viewWebhookDelivery(d)}, nil
}
