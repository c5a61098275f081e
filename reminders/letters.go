package reminders

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"marshrut/crm"
	"marshrut/notify"
)

// kinds are the names of the kinds of interaction.
var kinds = map[crm.InteractionKind]crm.Text{
	crm.InteractionCall:     {EN: "call", RU: "звонок"},
	crm.InteractionMeeting:  {EN: "meeting", RU: "встреча"},
	crm.InteractionEmail:    {EN: "e-mail", RU: "письмо"},
	crm.InteractionSMS:      {EN: "SMS", RU: "SMS"},
	crm.InteractionCalendar: {EN: "calendar entry", RU: "запись в календаре"},
	crm.InteractionOther:    {EN: "interaction", RU: "взаимодействие"},
}

// taskKinds are the names of the kinds of people's own tasks.
var taskKinds = map[string]crm.Text{
	crm.TaskPersonal:   {EN: "personal task", RU: "личная задача"},
	crm.TaskAssignment: {EN: "assignment", RU: "поручение"},
}

// maxLines bounds a digest: what is more is on the page.
const maxLines = 100

// texts are the templates that letters are written with: the company's own, or else the shipped ones.
func (r *Ringer) texts(ctx context.Context, l *crm.NoticeLetter) (*notify.Library, error) {
	shipped, err := notify.Shipped()
	if err != nil {
		return nil, fmt.Errorf("read the shipped templates: %w", err)
	}
	subjects := []string{notify.Digest}
	for i := range l.Notices {
		subjects = append(subjects, l.Notices[i].Kind)
	}
	slices.Sort(subjects)
	var own []notify.Source
	for _, subject := range slices.Compact(subjects) {
		stored, err := r.Store.StoredTemplates(ctx, notify.StaffKey(subject))
		if err != nil {
			return nil, fmt.Errorf("read the texts of letters: %w", err)
		}
		for i := range stored {
			t := &stored[i]
			own = append(own, notify.Source{
				Key: t.Key, Lang: string(t.Lang), Channel: notify.Channel(t.Channel), Subject: t.Subject, Text: t.Text, HTML: t.HTML, Version: t.Version,
			})
		}
	}
	library, err := shipped.With(own)
	if err != nil { // one that does not parse gives way to the shipped one: better a plain letter than none
		r.Log.WarnContext(ctx, "a text of letters cannot be used", "error", crm.Scrub(err))
	}
	return library, nil
}

// write is the letter, in the language and the time zone of its reader.
func (r *Ringer) write(ctx context.Context, l *crm.NoticeLetter) (notify.Mail, error) {
	library, err := r.texts(ctx, l)
	if err != nil {
		return notify.Mail{}, err
	}
	zone, err := time.LoadLocation(l.To.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	var rendered notify.Rendered
	if n := &l.Notices[0]; n.Digest {
		rendered, err = r.digest(library, l, zone)
	} else {
		rendered, err = render(library, n.Kind, l.To.Lang, r.data(n, &l.To, zone))
	}
	if err != nil {
		return notify.Mail{}, err
	}
	mail := notify.Mail{
		MessageID: "<notice-" + l.ID.String() + "@" + r.Domain + ">",
		To:        notify.Address{Name: l.To.Name, Email: l.To.Email},
		Lang:      string(l.To.Lang), Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML,
	}
	mail.SendFrom(notify.Address{Name: l.From.Name, Email: l.From.Email}, l.From.ReplyTo)
	return mail, nil
}

// render fills in the template of a subject.
func render(library *notify.Library, subject string, lang crm.Lang, data notify.Data) (notify.Rendered, error) {
	t, err := library.Template(notify.StaffKey(subject), string(lang))
	if err != nil {
		return notify.Rendered{}, fmt.Errorf("find the text of a letter: %w", err)
	}
	rendered, err := t.Render(data)
	if err != nil {
		return notify.Rendered{}, fmt.Errorf("write a letter: %w", err)
	}
	return rendered, nil
}

// data is what a letter about one notice shows.
func (r *Ringer) data(n *crm.Notice, to *crm.User, zone *time.Location) notify.Data {
	what, about := told(n, to.Lang, zone)
	d := notify.Data{
		Number: n.CaseNumber, Topic: n.CaseTopic, Recipient: to.Name, Location: zone, URL: r.link(n), Brand: r.Brand,
		Notice: notify.Notice{What: what, About: about, Person: n.Comment.Author + n.Absence.Who}, // it is of one of the two
	}
	if n.Task.DueAt != nil {
		d.Due = *n.Task.DueAt
	}
	return d
}

// digest has a paragraph for each notice, the oldest first: what its own letter would be called, and what it would tell.
func (r *Ringer) digest(library *notify.Library, l *crm.NoticeLetter, zone *time.Location) (notify.Rendered, error) {
	lang := l.To.Lang
	var paragraphs []string
	for i := range l.Notices {
		if i == maxLines {
			paragraphs = append(paragraphs, fmt.Sprintf(crm.Text{EN: "and %d more", RU: "и ещё %d"}.In(lang), len(l.Notices)-maxLines))
			break
		}
		n := &l.Notices[i]
		data := r.data(n, &l.To, zone)
		one, err := render(library, n.Kind, lang, data)
		if err != nil {
			return one, err
		}
		paragraphs = append(paragraphs, joined(one.Subject, brief(data.Notice.About), data.URL))
	}
	return render(library, notify.Digest, lang, notify.Data{
		Recipient: l.To.Name, Location: zone, Brand: r.Brand,
		Notice: notify.Notice{Count: len(l.Notices), Items: strings.Join(paragraphs, "\n\n")},
	})
}

// maxAbout bounds what a digest tells of one notice, in characters.
const maxAbout = 300

func brief(text string) string {
	runes := []rune(text)
	if len(runes) <= maxAbout {
		return text
	}
	return strings.TrimSpace(string(runes[:maxAbout])) + "…"
}

// link is the page of a notice's case.
func (r *Ringer) link(n *crm.Notice) string {
	if r.BaseURL == "" || n.CaseNumber == "" {
		return ""
	}
	return r.BaseURL + "/cases/" + n.CaseNumber
}

const timeForm = "02.01.2006 15:04"

// told names what a notice tells of, with its time, and says what it is about.
func told(n *crm.Notice, lang crm.Lang, zone *time.Location) (what, about string) {
	until := crm.Text{EN: "until ", RU: "до "}
	switch {
	case n.Kind == crm.SubjectMention:
		return n.CaseNumber + ", " + n.Comment.Author, joined(n.CaseTopic, n.Comment.Text)
	case n.Kind == crm.SubjectSubstitution:
		what = n.Absence.Who
		if n.Absence.EndsAt != nil {
			what += ", " + until.In(lang) + n.Absence.EndsAt.In(zone).Format(timeForm)
		}
		return what, ""
	case n.Task.Kind == "":
		return kinds[n.Interaction.Kind].In(lang) + ", " + n.Interaction.At.In(zone).Format(timeForm), n.Interaction.Topic
	}
	return toldOfTask(n, lang, zone)
}

func toldOfTask(n *crm.Notice, lang crm.Lang, zone *time.Location) (what, about string) {
	switch {
	case n.Kind == crm.SubjectReminder:
		what, about = taskKinds[n.Task.Kind].In(lang), n.Task.Title
		if n.Task.DueAt != nil {
			what += ", " + n.Task.DueAt.In(zone).Format(timeForm)
		}
		return what, about
	case n.Task.Name != nil:
		what = n.Task.Name.In(lang)
	default:
		what = n.Task.Title
	}
	if n.CaseNumber != "" {
		what += ", " + n.CaseNumber
	}
	if n.Task.DueAt != nil {
		about = crm.Text{EN: "Due: ", RU: "Срок: "}.In(lang) + n.Task.DueAt.In(zone).Format(timeForm)
	}
	return what, joined(n.CaseTopic, about)
}

func joined(lines ...string) string {
	var kept []string
	for _, line := range lines {
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
