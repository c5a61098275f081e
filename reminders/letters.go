package reminders

import (
	"fmt"
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

// openings are how a letter about one notice begins.
var openings = map[string]crm.Text{
	crm.SubjectReminder:     {EN: "You asked to be reminded.", RU: "Вы просили напомнить."},
	crm.SubjectTask:         {EN: "A task has come to you.", RU: "Вам поступила задача."},
	crm.SubjectOverdue:      {EN: "Your task is overdue.", RU: "Срок вашей задачи истёк."},
	crm.SubjectAssignment:   {EN: "A colleague has given you an assignment.", RU: "Коллега дал вам поручение."},
	crm.SubjectMention:      {EN: "A comment names you.", RU: "Вас упомянули в комментарии."},
	crm.SubjectSubstitution: {EN: "From now on you stand in for a colleague: his tasks are among yours.", RU: "Вы замещаете коллегу: его задачи теперь среди ваших."},
}

// headings are what the subjects of letters begin with.
var headings = map[string]crm.Text{
	crm.SubjectReminder:     {EN: "Reminder: ", RU: "Напоминание: "},
	crm.SubjectTask:         {EN: "New task: ", RU: "Новая задача: "},
	crm.SubjectOverdue:      {EN: "Overdue: ", RU: "Просрочено: "},
	crm.SubjectAssignment:   {EN: "New assignment: ", RU: "Новое поручение: "},
	crm.SubjectMention:      {EN: "You are mentioned: ", RU: "Вас упомянули: "},
	crm.SubjectSubstitution: {EN: "You stand in: ", RU: "Замещение: "},
}

// maxLines bounds a digest: what is more is on the page.
const maxLines = 100

// write is the letter, in the language and the time zone of its reader.
func (r *Ringer) write(l *crm.NoticeLetter) notify.Mail {
	lang := l.To.Lang
	zone, err := time.LoadLocation(l.To.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	mail := notify.Mail{
		MessageID: "<notice-" + l.ID.String() + "@" + r.Domain + ">",
		To:        notify.Address{Name: l.To.Name, Email: l.To.Email},
		Lang:      string(lang),
	}
	if n := &l.Notices[0]; !n.Digest {
		what, about := told(n, lang, zone)
		mail.Subject = headings[n.Kind].In(lang) + what
		mail.Text = strings.TrimSpace(openings[n.Kind].In(lang)+"\n\n"+what+"\n"+about+r.link(n)) + "\n"
		return mail
	}
	mail.Subject = fmt.Sprintf(crm.Text{EN: "Your digest: %d", RU: "Ваша сводка: %d"}.In(lang), len(l.Notices))
	mail.Text = r.digest(l, zone)
	return mail
}

// digest has a paragraph for each notice, the oldest first.
func (r *Ringer) digest(l *crm.NoticeLetter, zone *time.Location) string {
	lang := l.To.Lang
	var text strings.Builder
	text.WriteString(crm.Text{EN: "What has come since the last digest:", RU: "Что произошло после прошлой сводки:"}.In(lang) + "\n")
	for i := range l.Notices {
		if i == maxLines {
			fmt.Fprintf(&text, crm.Text{EN: "\nand %d more", RU: "\nи ещё %d"}.In(lang), len(l.Notices)-maxLines)
			break
		}
		n := &l.Notices[i]
		what, about := told(n, lang, zone)
		text.WriteString("\n" + strings.TrimSpace(headings[n.Kind].In(lang)+what+"\n"+about+r.link(n)) + "\n")
	}
	return strings.TrimSpace(text.String()) + "\n"
}

// link is the line with the page of a notice's case.
func (r *Ringer) link(n *crm.Notice) string {
	if r.BaseURL == "" || n.CaseNumber == "" {
		return ""
	}
	return "\n" + r.BaseURL + "/cases/" + n.CaseNumber
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
