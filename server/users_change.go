package server

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
)

// fullUserOutput is a user whose version can be sent back in If-Match.
type fullUserOutput struct {
	ETag string `header:"ETag"`
	Body UserView
}

type patchUserInput struct {
	UserInput
	MatchInput
	Body struct {
		Name         *string             `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Password     *string             `json:"password,omitempty" minLength:"8" maxLength:"1000" format:"password" doc:"A new one; it ends the user's sessions"`
		Email        *string             `json:"email,omitempty" maxLength:"254"`
		Phone        *string             `json:"phone,omitempty" maxLength:"40"`
		Lang         *crm.Lang           `json:"lang,omitempty" enum:"ru,en"`
		TimeZone     *string             `json:"time_zone,omitempty" maxLength:"64"`
		DepartmentID optional[uuid.UUID] `json:"department_id,omitzero" format:"uuid" doc:"null: in none"`
		Roles        *[]string           `json:"roles,omitempty" minItems:"1" maxItems:"20" nullable:"false"`
		Active       *bool               `json:"active,omitempty" doc:"false ends the account; refused while the user has open work (R61)"`
	}
}

// patchUser changes a colleague. Nobody who has open work is let go in silence (R61).
func (s *Server) patchUser(ctx context.Context, in *patchUserInput) (*fullUserOutput, error) {
	id, err := idOf(in.ID, "user_not_found")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	p := crm.UserPatch{
		Name: trimmed(b.Name), Email: trimmed(b.Email), Phone: trimmed(b.Phone), Lang: b.Lang, TimeZone: b.TimeZone,
		DepartmentID: b.DepartmentID.orZero(), Roles: b.Roles, Active: b.Active,
	}
	if err := checkPerson(&p); err != nil {
		return nil, err
	}
	if b.Password != nil {
		hash := HashPassword(*b.Password)
		p.PasswordHash = &hash
	}
	version, err := versionOf(ctx, in.MatchInput, id, s.services.Users.User, func(u *crm.User) int { return u.Version })
	if err != nil {
		return nil, err
	}
	u, err := s.services.Users.PatchUser(ctx, id, version, p, userOf(ctx).ID, nil)
	if err != nil {
		return nil, err
	}
	return &fullUserOutput{ETag: etag(u.Version), Body: viewUser(u)}, nil
}

// checkPerson looks at what is told of a person, and puts roles into their order.
func checkPerson(p *crm.UserPatch) error {
	switch {
	case p.Name != nil && *p.Name == "":
		return invalid("/name", codeRequired)
	case p.Email != nil && *p.Email != "" && !addressbook.Email(*p.Email):
		return invalid("/email", "expected_email")
	case p.Phone != nil && *p.Phone != "" && !callable(*p.Phone):
		return invalid("/phone", "expected_phone")
	}
	if p.TimeZone != nil {
		if err := timeZone(*p.TimeZone); err != nil {
			return err
		}
	}
	if p.Roles == nil {
		return nil
	}
	for i, role := range *p.Roles {
		if !keyForm.MatchString(role) || len(role) > 63 {
			return invalid("/roles/"+strconv.Itoa(i), "wrong_form")
		}
	}
	sorted := slices.Sorted(slices.Values(*p.Roles))
	*p.Roles = slices.Compact(sorted)
	return nil
}

// profileView is a user as he sees himself.
type profileView struct {
	UserView

	Rights     []crm.Right    `json:"rights" doc:"What his roles let him do"`
	Visibility crm.Visibility `json:"visibility" enum:"own,department,all" doc:"Whose records he sees"`
	Signature  string         `json:"signature" doc:"Under his letters (R63)"`
	Muted      []string       `json:"muted" doc:"What he wants no letters about: overdue, task, assignment, mention, substitution, reminder"`
	Digest     []string       `json:"digest" doc:"What he wants in one letter a day; what is in neither list comes at once"`
	DigestAt   string         `json:"digest_at" example:"09:00" doc:"When, in his time zone"`
	QuietFrom  string         `json:"quiet_from,omitempty" example:"20:00" doc:"From then until quiet_to letters wait"`
	QuietTo    string         `json:"quiet_to,omitempty" example:"08:00"`
}

type profileOutput struct {
	ETag string `header:"ETag"`
	Body profileView
}

// listed is a list as it is shown, never null.
func listed(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

func showProfile(u *crm.User) *profileOutput {
	v := profileView{
		UserView: viewUser(u), Rights: crm.OrderedRights(u.Granted.Rights), Visibility: u.Granted.Visibility, Signature: u.Signature,
		Muted: listed(u.Muted), Digest: listed(u.Digest), DigestAt: u.DigestAt, QuietFrom: u.QuietFrom, QuietTo: u.QuietTo,
	}
	return &profileOutput{ETag: etag(u.Version), Body: v}
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*profileOutput, error) {
	return showProfile(userOf(ctx)), nil
}

type patchMeInput struct {
	MatchInput
	Body struct {
		Password    *string          `json:"password,omitempty" minLength:"8" maxLength:"1000" format:"password" doc:"A new one, with the old one beside it; it ends all other sessions"`
		OldPassword string           `json:"old_password,omitempty" maxLength:"1000" format:"password"`
		Phone       *string          `json:"phone,omitempty" maxLength:"40"`
		Lang        *crm.Lang        `json:"lang,omitempty" enum:"ru,en"`
		TimeZone    *string          `json:"time_zone,omitempty" maxLength:"64"`
		Signature   *string          `json:"signature,omitempty" maxLength:"5000"`
		Muted       *[]string        `json:"muted,omitempty" maxItems:"20" nullable:"false" doc:"Replaces the list: of overdue, task, assignment, mention, substitution, reminder"`
		Digest      *[]string        `json:"digest,omitempty" maxItems:"20" nullable:"false" doc:"Replaces the list of what comes in one letter a day"`
		DigestAt    *string          `json:"digest_at,omitempty" maxLength:"5" example:"09:00"`
		QuietFrom   optional[string] `json:"quiet_from,omitzero" maxLength:"5" doc:"With quiet_to; null for both: no quiet hours"`
		QuietTo     optional[string] `json:"quiet_to,omitzero" maxLength:"5" doc:"null: no quiet hours"`
	}
}

// patchMe changes one's own profile (R66). Name, address and rights are the administrator's to change.
func (s *Server) patchMe(ctx context.Context, in *patchMeInput) (*profileOutput, error) {
	b, u := &in.Body, userOf(ctx)
	p := crm.UserPatch{Phone: trimmed(b.Phone), Lang: b.Lang, TimeZone: b.TimeZone}
	if err := checkPerson(&p); err != nil {
		return nil, err
	}
	if b.Signature != nil {
		signature := crm.Lines(*b.Signature)
		p.Signature = &signature
	}
	version, err := in.version(func() (int, error) { return u.Version, nil })
	if err != nil {
		return nil, err
	}
	if p.Letters, err = letterTimes(in, u.LetterTimes); err != nil {
		return nil, err
	}
	if p.PasswordHash, err = s.newPassword(ctx, u, b.Password, b.OldPassword); err != nil {
		return nil, err
	}
	changed, err := s.services.Users.PatchUser(ctx, u.ID, version, p, u.ID, hashSecret(callOf(ctx).secret))
	if err != nil {
		return nil, err
	}
	return showProfile(changed), nil
}

// letterTimes are the user's as the request changes them; another request that changed them meanwhile has changed his version.
func letterTimes(in *patchMeInput, t crm.LetterTimes) (*crm.LetterTimes, error) {
	b := &in.Body
	for pointer, list := range map[string]*[]string{"/muted": b.Muted, "/digest": b.Digest} {
		if err := checkSubjects(pointer, list); err != nil {
			return nil, err
		}
	}
	setTo(&t.Muted, b.Muted)
	setTo(&t.Digest, b.Digest)
	setTo(&t.DigestAt, b.DigestAt)
	setTo(&t.QuietFrom, b.QuietFrom.orZero())
	setTo(&t.QuietTo, b.QuietTo.orZero())
	switch {
	case !crm.IsClock(t.DigestAt):
		return nil, invalid("/digest_at", "expected_clock")
	case t.QuietFrom != "" && !crm.IsClock(t.QuietFrom):
		return nil, invalid("/quiet_from", "expected_clock")
	case t.QuietTo != "" && !crm.IsClock(t.QuietTo):
		return nil, invalid("/quiet_to", "expected_clock")
	case (t.QuietFrom == "") != (t.QuietTo == ""), t.QuietFrom != "" && t.QuietFrom == t.QuietTo:
		return nil, invalid("/quiet_to", "quiet_hours_need_both")
	}
	return &t, nil
}

func setTo[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// checkSubjects looks at a list of what letters are about, and puts it into order.
func checkSubjects(pointer string, list *[]string) error {
	if list == nil {
		return nil
	}
	for i, subject := range *list {
		if !slices.Contains(crm.Subjects(), subject) {
			return invalid(pointer+"/"+strconv.Itoa(i), "not_an_option")
		}
	}
	sorted := slices.Sorted(slices.Values(*list))
	*list = slices.Compact(sorted)
	return nil
}

// newPassword is the hash of a new password, or nil for none. Whoever found a colleague's page open does not know the old one,
// and may not try for long.
func (s *Server) newPassword(ctx context.Context, u *crm.User, wanted *string, old string) (*string, error) {
	switch {
	case wanted == nil && old == "":
		return nil, nil //nolint:nilnil // no new password is an answer
	case wanted == nil:
		return nil, invalid("/password", codeRequired)
	case old == "":
		return nil, invalid("/old_password", codeRequired)
	}
	attempt := throttleKey{login: u.Login, address: addressOf(ctx)}
	if err := s.throttled(attempt); err != nil {
		return nil, err
	}
	known, err := s.checkPassword(ctx, u.Login, old)
	s.throttle.end(attempt, known != nil, err == nil && known == nil)
	if err != nil {
		return nil, err
	}
	if known == nil {
		return nil, invalid("/old_password", "wrong_password")
	}
	hash := HashPassword(*wanted)
	return &hash, nil
}
