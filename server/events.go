package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"marshrut/crm"
)

const (
	defaultHeartbeat = 15 * time.Second
	eventWriteTime   = 10 * time.Second // how long a caller may take to accept what is written
	maxStreamCases   = 50
)

type eventsInput struct {
	LastEventID string `header:"Last-Event-ID" doc:"The id of the last event received: the stream goes on after it" maxLength:"50"`
	Topics      string `query:"topics" doc:"Separated by commas: inbox (my tasks), notices (my reminders), interactions (the register), clients (with their contacts), maps (route maps and their tests), templates, settings (people, roles, lists and the rest of the set-up), cases (what happens to any case one sees). Without it: inbox and notices" maxLength:"100"`
	Cases       string `query:"cases" doc:"Ids of cases whose feeds are followed, separated by commas, 50 at most" maxLength:"2000"`
}

// wanted is what a stream follows.
type wanted struct {
	topics []crm.ChangeTopic
	cases  []uuid.UUID // whose feeds are followed, entry by entry
	every  bool        // of every other case one hears that something has happened
	user   *crm.User
}

func (w *wanted) has(c *crm.ChangeRecord) bool {
	switch {
	case c.TakenAway() && !c.Concerns(w.user):
		return false
	case c.TakenAway() && c.Topic == crm.TopicFeed:
		return w.every || len(w.cases) > 0
	case c.Topic == crm.TopicFeed:
		return w.every || slices.Contains(w.cases, c.CaseID)
	}
	return slices.Contains(w.topics, c.Topic) && (c.Topic.Open() || c.Concerns(w.user))
}

// everyCase is the topic of those who show many cases at once: boards and lists.
const everyCase crm.ChangeTopic = "cases"

// latest leaves of a batch one change of each case that is not followed itself: that it is to be read again is all that is said of it.
func (w *wanted) latest(changes []crm.ChangeRecord) []crm.ChangeRecord {
	if !w.every {
		return changes
	}
	last := make(map[uuid.UUID]crm.Position, len(changes))
	for i := range changes {
		if c := &changes[i]; c.Topic == crm.TopicFeed && !slices.Contains(w.cases, c.CaseID) {
			last[c.CaseID] = c.Position
		}
	}
	return slices.DeleteFunc(changes, func(c crm.ChangeRecord) bool {
		position, one := last[c.CaseID]
		return one && c.Topic == crm.TopicFeed && position != c.Position
	})
}

func (in *eventsInput) wanted(ctx context.Context) (*wanted, error) {
	w := &wanted{topics: []crm.ChangeTopic{crm.TopicInbox, crm.TopicNotices}, user: userOf(ctx)}
	if in.Topics != "" {
		w.topics = nil
		for name := range strings.SplitSeq(in.Topics, ",") {
			topic := crm.ChangeTopic(strings.TrimSpace(name))
			if topic == everyCase {
				w.every = true
				continue
			}
			if topic != crm.TopicInbox && topic != crm.TopicNotices && !topic.Open() {
				return nil, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: "topics", Code: "not_an_option"})
			}
			w.topics = append(w.topics, topic)
		}
	}
	if in.Cases == "" {
		return w, nil
	}
	for text := range strings.SplitSeq(in.Cases, ",") {
		id, err := idParameter("cases", strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		w.cases = append(w.cases, id)
	}
	if len(w.cases) > maxStreamCases {
		return nil, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: "cases", Code: "not_available"})
	}
	return w, nil
}

// events streams changes as server-sent events. Each has its place in the change log as its id; a stream that breaks off goes
// on with Last-Event-ID, without a gap and without a repetition. "reset" says that what was missed is not kept any more: read
// everything again. Heartbeats carry the place up to which everything has been sent.
func (s *Server) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	w, err := in.wanted(ctx)
	if err != nil {
		return nil, err
	}
	var resume *crm.Position
	if in.LastEventID != "" {
		position, ok := crm.ParsePosition(in.LastEventID)
		if !ok {
			return nil, failed(http.StatusBadRequest, "invalid_event_id")
		}
		resume = &position
	}
	sub, head, err := s.hub.join(ctx)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.hub.leave(sub)
		writer := humagin.Unwrap(hc).Writer
		writer.Header().Set("Content-Type", "text/event-stream")
		writer.Header().Set("X-Accel-Buffering", "no")
		control := http.NewResponseController(writer)
		_ = control.SetReadDeadline(time.Time{}) // the server's own would end the request
		st := &stream{server: s, wanted: w, writer: writer, control: control, at: head}
		err := st.resume(ctx, resume)
		if err == nil {
			err = st.follow(ctx, sub)
		}
		if errors.Is(err, errEnded) {
			err = st.event("end", st.at, map[string]string{"code": "session_expired"})
		}
		if err != nil && ctx.Err() == nil {
			s.logFailure(ctx, err)
		}
	}}, nil
}

// stream is one stream of events at work.
type stream struct {
	server  *Server
	wanted  *wanted
	writer  io.Writer
	control *http.ResponseController
	at      crm.Position // everything up to here has been sent
}

// changeView is what an event says: ids only.
type changeView struct {
	Topic  crm.ChangeTopic `json:"topic"`
	ID     uuid.UUID       `json:"id,omitzero"` // missing: of what the caller does not see any more, or of no single record
	CaseID uuid.UUID       `json:"case_id,omitzero"`
	Taken  bool            `json:"taken,omitempty"` // something was taken from the caller: what else he saw by it he may not see any more
	At     time.Time       `json:"at"`
}

// resume sends what came after the caller's last event, up to where its subscription begins. A caller who has been served by a
// program that is a little ahead of this one has that already: he is not sent it again.
func (st *stream) resume(ctx context.Context, last *crm.Position) error {
	if last == nil {
		return st.event("ready", st.at, struct{}{})
	}
	head := st.at
	for from := *last; ; {
		batch, err := st.server.services.Changes.ChangesAfter(ctx, from, changesAtOnce)
		if err != nil {
			return err
		}
		if batch.Lost {
			return st.event("reset", head, struct{}{})
		}
		if err := st.send(ctx, batch, head); err != nil {
			return err
		}
		if from = batch.Through; from.Compare(head) >= 0 {
			break
		}
	}
	if last.Compare(head) > 0 {
		st.at = *last
	}
	return st.event("ready", st.at, struct{}{})
}

// send writes what the caller wants of a batch: what follows what he has, up to the end given.
func (st *stream) send(ctx context.Context, batch *crm.ChangeBatch, end crm.Position) error {
	changes, err := st.seen(ctx, st.wanted.latest(slices.DeleteFunc(slices.Clone(batch.Changes), func(c crm.ChangeRecord) bool {
		return c.Position.Compare(end) > 0 || !st.wanted.has(&c)
	})))
	if err != nil {
		return err
	}
	for i := range changes {
		c := &changes[i]
		if err := st.event("change", c.Position, changeView{Topic: c.Topic, ID: c.RefID, CaseID: c.CaseID, Taken: c.TakenAway(), At: c.At}); err != nil {
			return err
		}
	}
	return nil
}

// seen leaves out what the caller may not see by now: that something has gone from one's own tasks and reminders one hears, but not
// what it was, nor which case it was of.
func (st *stream) seen(ctx context.Context, changes []crm.ChangeRecord) ([]crm.ChangeRecord, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	if err := st.authorize(ctx); err != nil {
		return nil, err
	}
	sight, err := st.server.services.Users.SightOf(ctx, st.wanted.user)
	if err != nil || sight == nil {
		return changes, err
	}
	var ids []uuid.UUID
	for i := range changes {
		ids = append(ids, changes[i].RefID, changes[i].CaseID)
	}
	hidden, err := st.server.services.Users.Hidden(crm.WithSight(ctx, sight), ids)
	if err != nil {
		return nil, err
	}
	changes = slices.DeleteFunc(changes, func(c crm.ChangeRecord) bool {
		return c.Topic.Open() && slices.Contains(hidden, c.RefID) || c.Topic == crm.TopicFeed && slices.Contains(hidden, c.CaseID)
	})
	for i := range changes {
		for _, id := range []*uuid.UUID{&changes[i].RefID, &changes[i].CaseID} {
			if slices.Contains(hidden, *id) {
				*id = uuid.Nil
			}
		}
	}
	return changes, nil
}

// follow sends what comes, until the caller goes, falls behind, or may not listen any longer.
func (st *stream) follow(ctx context.Context, sub *subscription) error {
	beat := st.server.config.Heartbeat
	if beat <= 0 {
		beat = defaultHeartbeat
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch, open := <-sub.batches:
			if !open {
				return nil
			}
			if err := st.take(ctx, batch); err != nil {
				return err
			}
		case <-ticker.C:
			if err := st.beat(ctx); err != nil {
				return err
			}
		}
	}
}

func (st *stream) take(ctx context.Context, batch *crm.ChangeBatch) error {
	if batch.Lost {
		st.at = batch.Through
		return st.event("reset", st.at, struct{}{})
	}
	if batch.Through.Compare(st.at) <= 0 {
		return nil
	}
	fresh := *batch
	fresh.Changes = slices.DeleteFunc(slices.Clone(batch.Changes), func(c crm.ChangeRecord) bool { return c.Position.Compare(st.at) <= 0 })
	if err := st.send(ctx, &fresh, batch.Through); err != nil {
		return err
	}
	st.at = batch.Through
	return nil
}

// errEnded says that the caller's token is good no more.
var errEnded = errors.New("the session is over")

// authorize looks once more whether the caller may listen, and as whom: his session may have been ended, his roles have changed.
func (st *stream) authorize(ctx context.Context) error {
	user, _, err := st.server.tokenUser(ctx, callOf(ctx).secret)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return errEnded
	}
	if err != nil {
		return err
	}
	st.wanted.user = user
	return nil
}

// beat shows that the stream is alive.
func (st *stream) beat(ctx context.Context) error {
	if err := st.authorize(ctx); err != nil {
		return err
	}
	return st.event("heartbeat", st.at, struct{}{})
}

func (st *stream) event(name string, at crm.Position, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	_ = st.control.SetWriteDeadline(time.Now().Add(eventWriteTime)) // where it cannot be set, the connection has none
	if _, err := fmt.Fprintf(st.writer, "event: %s\nid: %s\ndata: %s\n\n", name, at, text); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := st.control.Flush(); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	return nil
}
