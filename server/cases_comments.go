package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// commentView is a note or a comment on a case.
type commentView struct {
	ID        uuid.UUID       `json:"id" format:"uuid"`
	CaseID    uuid.UUID       `json:"case_id" format:"uuid"`
	Kind      crm.CommentKind `json:"kind" enum:"note,comment"`
	Text      string          `json:"text"`
	AuthorID  uuid.UUID       `json:"author_id" format:"uuid"`
	Mentions  []uuid.UUID     `json:"mentions" doc:"Users named by @login"`
	CreatedAt time.Time       `json:"created_at"`
	EditedAt  *time.Time      `json:"edited_at,omitempty"`
	Version   int             `json:"version"`
}

func viewComment(c *crm.Comment) commentView {
	v := commentView{
		ID: c.ID, CaseID: c.CaseID, Kind: c.Kind, Text: c.Text, AuthorID: c.AuthorID, Mentions: c.Mentions, CreatedAt: c.CreatedAt,
		EditedAt: c.EditedAt, Version: c.Version,
	}
	if v.Mentions == nil {
		v.Mentions = []uuid.UUID{}
	}
	return v
}

type commentsInput struct {
	CaseInput
	PageInput
}

func (s *Server) listComments(ctx context.Context, in *commentsInput) (*listOutput[commentView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Cases.Comments(ctx, c.ID, after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewComment)
}

type newCommentInput struct {
	CaseInput
	Body struct {
		Kind crm.CommentKind `json:"kind,omitempty" enum:"note,comment" default:"comment"`
		Text string          `json:"text" minLength:"1" maxLength:"20000" doc:"@login names a colleague"`
	}
}

type commentOutput struct {
	ETag string `header:"ETag"`
	Body commentView
}

func (s *Server) createComment(ctx context.Context, in *newCommentInput) (*commentOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	text := crm.Lines(in.Body.Text)
	if text == "" {
		return nil, invalid("/text", codeRequired)
	}
	made, err := s.services.Cases.CreateComment(ctx, crm.Comment{
		ID: recordID(ctx), CaseID: c.ID, Kind: in.Body.Kind, Text: text, AuthorID: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	return &commentOutput{ETag: etag(made.Version), Body: viewComment(made)}, nil
}

// CommentPath names a comment.
type CommentPath struct {
	ID string `path:"id" doc:"Id of the comment"`
}

type editCommentInput struct {
	CommentPath
	MatchInput
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"20000"`
	}
}

func (s *Server) editComment(ctx context.Context, in *editCommentInput) (*commentOutput, error) {
	comment, err := s.comment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) { return comment.Version, nil })
	if err != nil {
		return nil, err
	}
	text := crm.Lines(in.Body.Text)
	if text == "" {
		return nil, invalid("/text", codeRequired)
	}
	if comment, err = s.services.Cases.EditComment(ctx, comment.ID, version, text, userOf(ctx).ID); err != nil {
		return nil, err
	}
	return &commentOutput{ETag: etag(comment.Version), Body: viewComment(comment)}, nil
}

type removedCommentOutput struct{ Body removedCommentView }

// removedCommentView is a comment that was taken away or put back, without what it says: of one that is away nobody is to read that.
type removedCommentView struct {
	ID        uuid.UUID  `json:"id" format:"uuid"`
	CaseID    uuid.UUID  `json:"case_id" format:"uuid"`
	RemovedAt *time.Time `json:"removed_at,omitempty" doc:"Missing: it is there"`
	RemovedBy uuid.UUID  `json:"removed_by,omitzero" format:"uuid"`
}

// removeComment takes a comment away, and restoreComment puts it back; what it says is kept.
func (s *Server) removeComment(ctx context.Context, in *CommentPath) (*removedCommentOutput, error) {
	return s.changeComment(ctx, in, true)
}

func (s *Server) restoreComment(ctx context.Context, in *CommentPath) (*removedCommentOutput, error) {
	return s.changeComment(ctx, in, false)
}

func (s *Server) changeComment(ctx context.Context, in *CommentPath, removed bool) (*removedCommentOutput, error) {
	id, err := idOf(in.ID, "comment_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Cases.RemoveComment(ctx, id, removed, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return &removedCommentOutput{Body: removedCommentView{ID: c.ID, CaseID: c.CaseID, RemovedAt: c.RemovedAt, RemovedBy: c.RemovedBy}}, nil
}

func (s *Server) comment(ctx context.Context, text string) (*crm.Comment, error) {
	id, err := idOf(text, "comment_not_found")
	if err != nil {
		return nil, err
	}
	return s.services.Cases.Comment(ctx, id)
}

type commentVersionView struct {
	Version int       `json:"version"`
	Text    string    `json:"text"`
	At      time.Time `json:"at" doc:"Since when it said so"`
}

func (s *Server) listCommentVersions(ctx context.Context, in *CommentPath) (*listOutput[commentVersionView], error) {
	comment, err := s.comment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	versions, err := s.services.Cases.CommentVersions(ctx, comment.ID)
	if err != nil {
		return nil, err
	}
	return listOf(versions, func(v *crm.CommentVersion) commentVersionView {
		return commentVersionView{Version: v.Version, Text: v.Text, At: v.At}
	}), nil
}

type mentionView struct {
	CommentID uuid.UUID `json:"comment_id" format:"uuid"`
	CaseID    uuid.UUID `json:"case_id" format:"uuid"`
	Number    string    `json:"number" example:"A-000123"`
	AuthorID  uuid.UUID `json:"author_id" format:"uuid"`
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
}

func (s *Server) listMentions(ctx context.Context, in *struct{ PageInput }) (*listOutput[mentionView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Cases.Mentions(ctx, userOf(ctx).ID, after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(m *crm.Mention) mentionView {
		return mentionView{CommentID: m.CommentID, CaseID: m.CaseID, Number: m.Number, AuthorID: m.AuthorID, Text: m.Text, At: m.At}
	})
}
