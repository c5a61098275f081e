package reminders_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/notify"
)

const answerMap = `
id: answers
process: deal
name: {en: Answers, ru: Ответы}
stages:
  - id: answer
    name: {en: Answer, ru: Ответ}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

// newCompany is a desk with a colleague, who makes work for its user.
func newCompany(t *testing.T) (d *desk, colleague *crm.User) {
	t.Helper()
	d = newDesk(t)
	_, _, err := d.PublishRouteMap(t.Context(), []byte(answerMap), uuid.Nil)
	require.NoError(t, err)
	colleague, err = d.CreateUser(t.Context(), crm.User{
		Login: "colleague", Name: "Коллега", Email: "colleague@office.example", Lang: crm.EN, TimeZone: "Asia/Omsk", Roles: []string{crm.RoleManager}, Active: true,
	}, "")
	require.NoError(t, err)
	return d, colleague
}

// work makes a case with a task for the desk's user.
func (d *desk) work(by *crm.User) *crm.Case {
	d.t.Helper()
	ctx := crm.WithOrigin(d.t.Context(), &crm.Origin{User: by.ID})
	c, _, err := d.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, MapID: "answers", ResponsibleID: d.user.ID, By: by.ID, Topic: "Доски", Source: "site"})
	require.NoError(d.t, err)
	return c
}

func (d *desk) want(times crm.LetterTimes) {
	d.t.Helper()
	if times.DigestAt == "" {
		times.DigestAt = "09:00"
	}
	changed, err := d.PatchUser(d.t.Context(), d.user.ID, d.user.Version, crm.UserPatch{Letters: &times}, d.user.ID, nil)
	require.NoError(d.t, err)
	d.user = changed
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.Pool().Exec(context.Background(), sql, args...)
	require.NoError(d.t, err)
}

func TestR66_ANewTaskIsToldOnce(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	c := d.work(colleague)
	for range 3 {
		require.Equal(t, 1, d.ring())
	}
	n := d.notices()[0]
	require.Equal(t, []any{crm.SubjectTask, c.ID, c.Number, "Доски", crm.LetterSent}, []any{n.Kind, n.CaseID, n.CaseNumber, n.CaseTopic, n.Email})
	require.Equal(t, "Ответ", n.Task.Name.RU)
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "Новая задача: Ответ, "+c.Number, letters[0].Subject)
	require.Contains(t, letters[0].Text, "Доски")

	d.work(d.user)
	require.Equal(t, 1, d.ring(), "what one has made oneself one knows")
}

// TestR66_LettersToColleaguesGoFromTheDefaultMailbox, and another attempt from where the first one went.
func TestR66_LettersToColleaguesGoFromTheDefaultMailbox(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	d.work(colleague)
	require.Equal(t, 1, d.ring())
	require.True(t, d.letters()[0].From.IsZero(), "from the configured address")
	_, err := d.CreateMailbox(t.Context(), crm.Mailbox{Name: "Офис", Email: "office@firm.example", ReplyTo: "answers@firm.example", Active: true, Default: true})
	require.NoError(t, err)
	d.fails = &notify.DeliveryError{Class: notify.Retry, Code: notify.CodeDeferred}
	d.work(colleague)
	require.Equal(t, 2, d.ring())
	_, err = d.CreateMailbox(t.Context(), crm.Mailbox{Name: "Новый", Email: "new@firm.example", Active: true, Default: true})
	require.NoError(t, err)
	d.fails = nil
	d.pass(time.Hour)
	d.ring()
	letters := d.letters()
	require.Len(t, letters, 2)
	from := notify.Address{Name: "Офис", Email: "office@firm.example"}
	require.Equal(t, []notify.Address{from, from, {Email: "answers@firm.example"}}, []notify.Address{letters[1].From, letters[1].Sender, letters[1].ReplyTo})
}

func TestR66_ManyServersTellOfATaskOnce(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	for range 5 {
		d.work(colleague)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := d.ringer().Pass(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Len(t, d.notices(), 5)
	require.Len(t, d.letters(), 5)
}

func TestR66_WhatIsBrokenOffIsToldAfterwards(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	d.work(colleague)
	d.exec(`create function fail() returns trigger language plpgsql as $$ begin raise exception 'the machine is gone'; end $$`)
	d.exec(`create trigger fail before delete on notice_events for each row execute function fail()`)
	_, err := d.GiveNotices(t.Context(), 10)
	require.ErrorContains(t, err, "the machine is gone")
	require.Empty(t, d.notices(), "the notice went with it")
	d.exec("drop trigger fail on notice_events")
	require.Equal(t, 1, d.ring())
	require.Len(t, d.letters(), 1)
}

func TestR66_AssignmentsMentionsAndTasksHandedOnAreTold(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	ctx := crm.WithOrigin(t.Context(), &crm.Origin{User: colleague.ID})
	_, err := d.CreateTask(ctx, crm.NewTask{Kind: crm.TaskAssignment, Title: "Позвонить поставщику", AssigneeID: d.user.ID, By: colleague.ID})
	require.NoError(t, err)
	_, err = d.CreateTask(ctx, crm.NewTask{Kind: crm.TaskPersonal, Title: "Своё", By: d.user.ID})
	require.NoError(t, err)
	c, _, err := d.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, MapID: "answers", ResponsibleID: colleague.ID, By: colleague.ID, Topic: "Чай", Source: "site"})
	require.NoError(t, err)
	require.Equal(t, 1, d.ring(), "the task is a colleague's")
	_, err = d.CreateComment(ctx, crm.Comment{CaseID: c.ID, Kind: crm.CommentTalk, Text: "@manager, что скажете?", AuthorID: colleague.ID})
	require.NoError(t, err)
	page, err := d.ListTasks(ctx, crm.TaskFilter{CaseID: c.ID, Limit: 10})
	require.NoError(t, err)
	_, err = d.DelegateTask(ctx, page.Items[0].ID, d.user.ID, colleague)
	require.NoError(t, err)
	require.Equal(t, 3, d.ring())
	var subjects []string
	for _, letter := range d.letters() {
		subjects = append(subjects, letter.Subject)
	}
	require.ElementsMatch(t, []string{
		"Новое поручение: Позвонить поставщику", "Вас упомянули: " + c.Number + ", Коллега", "Новая задача: Ответ, " + c.Number,
	}, subjects)
}

func TestR43_AnOverdueTaskIsToldUnlessTheRouteWritesItself(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	first, second := d.work(colleague), d.work(colleague)
	require.Equal(t, 2, d.ring())
	d.exec(`insert into notifications (id, case_id, seq, rule, path, visit, channel, template, recipient, created_at)
		values (gen_random_uuid(), $1, 2, 'overdue', 'answer', 1, 'email', 'overdue', 'user:' || $2::text, now())`, second.ID, d.user.ID)
	d.exec("update tasks set overdue = true")
	require.Equal(t, 4, d.ring())
	letters := d.letters()
	require.Len(t, letters, 3, "one letter about the same is enough")
	require.Equal(t, "Просрочено: Ответ, "+first.Number, letters[2].Subject)
}

func TestR66_ADigestHasAllOfADay(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	d.want(crm.LetterTimes{Digest: []string{crm.SubjectTask, crm.SubjectAssignment}})
	first := d.work(colleague)
	d.ring()
	d.pass(time.Hour)
	second := d.work(colleague)
	third := d.work(colleague)
	require.Equal(t, 3, d.ring())
	require.Empty(t, d.letters())
	d.exec("update tasks set status = 'withdrawn', withdrawn_reason = 'stage', closed_at = now() where case_id = $1", third.ID)

	d.pass(17 * time.Hour) // past nine o'clock of the next day in Omsk
	d.ring()
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "Ваша сводка: 2", letters[0].Subject)
	require.Less(t, strings.Index(letters[0].Text, first.Number), strings.Index(letters[0].Text, second.Number))
	require.NotContains(t, letters[0].Text, third.Number, "there is nothing left to do of it")
	statuses := map[crm.LetterStatus]int{}
	for _, n := range d.notices() {
		statuses[n.Email]++
	}
	require.Equal(t, map[crm.LetterStatus]int{crm.LetterSent: 2, crm.LetterNone: 1}, statuses)
	d.pass(24 * time.Hour)
	d.ring()
	require.Len(t, d.letters(), 1, "nothing has come since")
}

func TestR66_LettersWaitForTheEndOfQuietHours(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	d.want(crm.LetterTimes{QuietFrom: "14:00", QuietTo: "18:00"}) // it is three o'clock in Omsk
	d.work(colleague)
	require.Equal(t, 1, d.ring(), "the page shows it at once")
	d.pass(3*time.Hour - time.Second)
	d.ring()
	require.Empty(t, d.letters())
	d.pass(time.Second)
	d.ring()
	require.Len(t, d.letters(), 1)
}

func TestR66_NoLetterTellsOfWhatOneMayNotSee(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	d.exec("update roles set visibility = 'own' where key = 'manager'")
	d.want(crm.LetterTimes{Digest: []string{crm.SubjectMention}})
	ctx := crm.WithOrigin(t.Context(), &crm.Origin{User: colleague.ID})
	c, _, err := d.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, MapID: "answers", ResponsibleID: colleague.ID, By: colleague.ID, Topic: "Чай", Source: "site"})
	require.NoError(t, err)
	_, err = d.CreateComment(ctx, crm.Comment{CaseID: c.ID, Kind: crm.CommentTalk, Text: "@manager, что скажете?", AuthorID: colleague.ID})
	require.NoError(t, err)
	require.Equal(t, 1, d.ring())
	d.exec("delete from mentions")
	d.pass(48 * time.Hour)
	d.ring()
	require.Empty(t, d.letters())
	require.Equal(t, crm.LetterNone, d.notices()[0].Email)
}

func TestAbsence_WhoStandsInIsToldWhenItBegins(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	starts := d.now().Add(time.Hour)
	_, err := d.CreateAbsence(t.Context(), crm.Absence{
		UserID: colleague.ID, StartsAt: starts, EndsAt: starts.Add(48 * time.Hour), TasksTo: crm.TasksToSubstitute, SubstituteID: d.user.ID,
	}, colleague.ID)
	require.NoError(t, err)
	d.pass(time.Hour - time.Second)
	require.Zero(t, d.ring())
	d.pass(time.Second)
	for range 2 {
		require.Equal(t, 1, d.ring())
	}
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "Замещение: Коллега, до 04.03.2026 16:00", letters[0].Subject)

	// What comes to the one who is absent is told to whoever does it.
	ctx := crm.WithOrigin(t.Context(), &crm.Origin{User: colleague.ID})
	c, _, err := d.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, MapID: "answers", ResponsibleID: colleague.ID, By: colleague.ID, Topic: "Чай", Source: "site"})
	require.NoError(t, err)
	require.Equal(t, 2, d.ring())
	require.Equal(t, c.ID, d.notices()[0].CaseID)
}

// TestR66_LettersAreWrittenWithTheCompanysTexts, the latest of each, and with the shipped ones where it has none; a digest calls each
// notice as its own letter would be called.
func TestR66_LettersAreWrittenWithTheCompanysTexts(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	put := func(version int, key, subject, text string) {
		t.Helper()
		_, err := d.StoreTemplate(t.Context(), crm.Template{Key: key, Lang: crm.RU, Version: version, Channel: "email", Subject: subject, Text: text})
		require.NoError(t, err)
	}
	put(0, "staff-task", "Старое", "Старое")
	put(1, "staff-task", "К вам: {{.What}}", "{{.Recipient}}, посмотрите карточку {{.Number}}, «{{.Topic}}».\n\n{{.About}}")
	c := d.work(colleague)
	d.ring()
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "К вам: Ответ, "+c.Number, letters[0].Subject)
	require.Contains(t, letters[0].Text, "Имя, посмотрите карточку "+c.Number+", «Доски».")
	require.Contains(t, letters[0].HTML, "посмотрите карточку")

	d.want(crm.LetterTimes{Digest: []string{crm.SubjectTask}})
	put(0, "staff-digest", "За день: {{.Count}}", "{{.Items}}\n\nХорошего дня!")
	second := d.work(colleague)
	d.ring()
	d.pass(24 * time.Hour)
	d.ring()
	letters = d.letters()
	require.Len(t, letters, 2)
	require.Equal(t, "За день: 1", letters[1].Subject)
	require.Contains(t, letters[1].Text, "К вам: Ответ, "+second.Number+"\nДоски")
	require.Contains(t, letters[1].Text, "Хорошего дня!")
}

// TestALetterWhoseTextIsBroken goes out in the shipped words.
func TestALetterWhoseTextIsBroken(t *testing.T) {
	t.Parallel()
	d, colleague := newCompany(t)
	_, err := d.StoreTemplate(t.Context(), crm.Template{Key: "staff-task", Lang: crm.RU, Channel: "email", Subject: "{{.Nothing}}", Text: "x"})
	require.NoError(t, err)
	c := d.work(colleague)
	d.ring()
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "Новая задача: Ответ, "+c.Number, letters[0].Subject)
}
