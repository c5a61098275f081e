package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// feedTexts are the sentences of a case's history. Values in braces are filled in.
var feedTexts = map[string]crm.Text{
	"created":             {EN: "{who} opened the case.", RU: "{who}: карточка создана."},
	"stage_entered":       {EN: "The case came to “{stage}”.", RU: "Карточка пришла на этап «{stage}»."},
	"stage_entered_by":    {EN: "The case came to “{stage}”. Performer: {performer}.", RU: "Карточка пришла на этап «{stage}». Исполнитель: {performer}."},
	"moved":               {EN: "{who} moved the case by hand to “{stage}”.", RU: "{who}: карточка вручную переведена на этап «{stage}»."},
	"task_completed":      {EN: "{who} completed “{task}”.", RU: "{who}: задача «{task}» выполнена."},
	"task_completed_with": {EN: "{who} completed “{task}”: {outcome}.", RU: "{who}: задача «{task}» выполнена. Итог: {outcome}."},
	"task_created":        {EN: "A task was opened: “{task}”.", RU: "Открыта задача «{task}»."},
	"task_withdrawn":      {EN: "The task “{task}” was withdrawn.", RU: "Задача «{task}» отозвана."},
	"task_withdrawn_branch": {
		EN: "The task “{task}” was withdrawn: another branch was first.", RU: "Задача «{task}» отозвана: другая ветвь закончилась раньше.",
	},
	"task_withdrawn_stage": {
		EN: "The task “{task}” was withdrawn: the case went on without it.", RU: "Задача «{task}» отозвана: карточка ушла дальше без неё.",
	},
	"task_withdrawn_closed": {
		EN: "The task “{task}” was withdrawn: the case was closed.", RU: "Задача «{task}» отозвана: карточка закрыта.",
	},
	"task_withdrawn_manual": {
		EN: "The task “{task}” was withdrawn: the case is led by hand now.", RU: "Задача «{task}» отозвана: карточку теперь ведут вручную.",
	},
	"task_withdrawn_cancelled": {EN: "The task “{task}” was withdrawn: the case is cancelled.", RU: "Задача «{task}» отозвана: карточка отменена."},
	"task_taken":               {EN: "{who} took the task “{task}”.", RU: "{who}: задача «{task}» взята в работу."},
	"task_released":            {EN: "{who} put the task “{task}” back.", RU: "{who}: задача «{task}» возвращена."},
	"task_delegated":           {EN: "{who} handed the task “{task}” to {to}.", RU: "{who}: задача «{task}» передана. Исполнитель: {to}."},
	"handed_over":              {EN: "{who} handed over from {from} to {to}: {work}.", RU: "{who}: дела переданы. Сдал: {from}, принял: {to} ({work})."},
	"task_readdressed":         {EN: "The task “{task}” went to {to} with the case.", RU: "Задача «{task}» перешла вместе с карточкой. Исполнитель: {to}."},
	"overdue":                  {EN: "“{stage}” is overdue.", RU: "Этап «{stage}» просрочен."},
	"overdue_by":               {EN: "“{stage}” is overdue. Performer: {performer}.", RU: "Этап «{stage}» просрочен. Исполнитель: {performer}."},
	"dues_recounted":           {EN: "A business calendar has changed: deadlines were counted anew.", RU: "Производственный календарь изменился: сроки пересчитаны."},
	"pause_ended":              {EN: "The pause of “{stage}” is over: its time limit runs again.", RU: "Пауза на этапе «{stage}» закончилась: срок снова идёт."},
	"overdue_case":             {EN: "The case is overdue.", RU: "Карточка просрочена."},
	"incident":                 {EN: "Something failed at “{stage}” ({code}).", RU: "Сбой на этапе «{stage}» ({code})."},
	"incident_case":            {EN: "Something failed ({code}).", RU: "Сбой ({code})."},
	"incident_resolved":        {EN: "What had failed at “{stage}” has passed.", RU: "Сбой на этапе «{stage}» устранён."},
	"incident_resolved_case":   {EN: "What had failed is settled.", RU: "Сбой устранён."},
	"incident_dismissed":       {EN: "{who} settled what had failed at “{stage}”.", RU: "{who}: сбой на этапе «{stage}» разобран."},
	"incident_dismissed_case":  {EN: "{who} settled what had failed.", RU: "{who}: сбой разобран."},
	"manual_mode":              {EN: "{who} switched the case to manual mode.", RU: "{who}: карточка переведена в ручной режим."},
	"closed":                   {EN: "The case is closed: {result}.", RU: "Карточка закрыта: {result}."},
	"closed_with":              {EN: "The case is closed: {outcome} ({result}).", RU: "Карточка закрыта: {outcome} ({result})."},
	"closed_by":                {EN: "{who} closed the case by hand: {result}.", RU: "{who}: карточка закрыта вручную: {result}."},
	"closed_with_by":           {EN: "{who} closed the case by hand: {outcome} ({result}).", RU: "{who}: карточка закрыта вручную: {outcome} ({result})."},
	"reopened":                 {EN: "{who} reopened the case.", RU: "{who}: карточка открыта снова."},
	"due_moved":                {EN: "{who} moved the deadline of “{task}” from {from_at} to {to_at}.", RU: "{who}: срок задачи «{task}» перенесён: было {from_at}, стало {to_at}."},
	"due_moved_case":           {EN: "{who} moved the case's deadline from {from_at} to {to_at}.", RU: "{who}: срок карточки перенесён: было {from_at}, стало {to_at}."},
	"cancelled":                {EN: "{who} cancelled the case.", RU: "{who}: карточка отменена."},
	"event":                    {EN: "Told from outside: {event}.", RU: "Сообщение извне: {event}."},
	"event_recorded":           {EN: "The route took note: {event}.", RU: "Маршрут учёл: {event}."},
	"event_with":               {EN: "Told from outside: {event} ({data}).", RU: "Сообщение извне: {event} ({data})."},
	"changed":                  {EN: "{who} changed: {changes}.", RU: "{who}: изменения: {changes}."},
	"interaction_planned":      {EN: "{who} planned {interaction} for {at}: {topic}.", RU: "{who}: запланировано: {interaction}, {at}: {topic}."},
	"interaction_completed":    {EN: "{who} registered {interaction} of {at}: {topic}.", RU: "{who}: зарегистрировано: {interaction}, {at}: {topic}."},
	"interaction_cancelled":    {EN: "{who} cancelled {interaction} of {at}: {topic}.", RU: "{who}: отменено: {interaction}, {at}: {topic}."},
	"interaction_restored":     {EN: "{who} planned {interaction} again, for {at}: {topic}.", RU: "{who}: снова запланировано: {interaction}, {at}: {topic}."},
	"interaction_rescheduled":  {EN: "{who} moved {interaction} to {at}: {topic}.", RU: "{who}: перенесено: {interaction}, {at}: {topic}."},
	"interaction_reviewed":     {EN: "{who} reviewed {interaction} of {at}: {topic}.", RU: "{who}: рассмотрено: {interaction}, {at}: {topic}."},
	"interaction_edited":       {EN: "{who} changed {interaction} of {at}: {topic}.", RU: "{who}: изменено: {interaction}, {at}: {topic}."},
	"interaction_moved":        {EN: "{who} took {interaction} of {at} out of this case: {topic}.", RU: "{who}: больше не в этой карточке: {interaction}, {at}: {topic}."},
	"interactions_joined":      {EN: "{who} added interactions of a chain to the deal: {count}.", RU: "{who}: к сделке отнесены взаимодействия цепочки: {count}."},
	"file_removed":             {EN: "{who} removed the file “{name}”.", RU: "{who}: файл «{name}» удалён."},
	"file_restored":            {EN: "{who} put the file “{name}” back.", RU: "{who}: файл «{name}» восстановлен."},
	"file":                     {EN: "{who} added the file “{name}”.", RU: "{who}: приложен файл «{name}»."},
	"payment":                  {EN: "{who} recorded a payment of {amount} {currency}.", RU: "{who}: записана оплата {amount} {currency}."},
	"payment_withdrawn":        {EN: "{who} withdrew the payment of {amount} {currency}: it was a mistake.", RU: "{who}: оплата {amount} {currency} записана ошибочно и снята."},
	"participant_added":        {EN: "{who} added a participant: {name} ({role}).", RU: "{who}: добавлен участник: {name} ({role})."},
	"participant_removed":      {EN: "{who} took a participant off the case: {name} ({role}).", RU: "{who}: убран участник: {name} ({role})."},
	"note":                     {EN: "{who} wrote a note.", RU: "{who}: добавлено примечание."},
	"comment":                  {EN: "{who} commented.", RU: "{who}: добавлен комментарий."},
	"comment_edited":           {EN: "{who} edited a note or a comment.", RU: "{who}: изменены примечание или комментарий."},
	"comment_removed":          {EN: "{who} removed a note or a comment.", RU: "{who}: удалены примечание или комментарий."},
	"comment_restored":         {EN: "{who} put a note or a comment back.", RU: "{who}: возвращены примечание или комментарий."},
	"task_own_created":         {EN: "{who} made a personal task: {title}.", RU: "{who}: поставлена личная задача: {title}."},
	"assignment_given":         {EN: "{who} gave {to} an assignment: {title}.", RU: "{who}: дано поручение: {title}. Исполнитель: {to}."},
	"task_own_changed":         {EN: "{who} changed “{title}”.", RU: "{who}: изменена задача «{title}»."},
	"task_own_accepted":        {EN: "{who} accepted the assignment “{title}”.", RU: "{who}: поручение «{title}» принято к исполнению."},
	"task_own_done":            {EN: "{who} has done “{title}”.", RU: "{who}: выполнено: «{title}»."},
	"task_own_approved":        {EN: "{who} took “{title}” as done.", RU: "{who}: исполнение «{title}» принято."},
	"task_own_returned":        {EN: "{who} gave “{title}” back for rework.", RU: "{who}: «{title}» возвращено на доработку."},
	"task_own_reopened":        {EN: "{who} opened “{title}” again.", RU: "{who}: «{title}» снова в работе."},
	"task_own_cancelled":       {EN: "{who} cancelled “{title}”.", RU: "{who}: отменено: «{title}»."},
	"client_owned":             {EN: "The client belongs to {to} now.", RU: "Клиент закреплён. Ответственный за клиента: {to}."},
	"case_created":             {EN: "The case {number} was opened from this one.", RU: "Из этой карточки создана {number}."},
	"notification_sent":        {EN: "{channel} {template} to {recipient}: sent.", RU: "{channel} {template}, кому: {recipient}: отправлено."},
	"notification_failed":      {EN: "{channel} {template} to {recipient}: not sent: {reason}.", RU: "{channel} {template}, кому: {recipient}: не отправлено: {reason}."},
	"notification_unknown": {
		EN: "{channel} {template} to {recipient}: nobody knows whether it arrived: {reason}.", RU: "{channel} {template}, кому: {recipient}: неизвестно, дошло ли: {reason}.",
	},
	"notification_skipped":       {EN: "{channel} {template} to {recipient}: not sent: {reason}.", RU: "{channel} {template}, кому: {recipient}: не отправлялось: {reason}."},
	"notification_sent_plain":    {EN: "{channel}: sent.", RU: "{channel}: отправлено."},
	"notification_failed_plain":  {EN: "{channel}: not sent: {reason}.", RU: "{channel}: не отправлено: {reason}."},
	"notification_unknown_plain": {EN: "{channel}: nobody knows whether it arrived: {reason}.", RU: "{channel}: неизвестно, дошло ли: {reason}."},
	"notification_skipped_plain": {EN: "{channel}: not sent: {reason}.", RU: "{channel}: не отправлялось: {reason}."},

	"notification_resent": {EN: "{who} asked for {template} to be sent again.", RU: "{who}: повторная отправка {template}."},
	"reason":              {EN: "Reason: {reason}.", RU: "Причина: {reason}."},

	"work_cases":        {EN: "the case itself", RU: "карточка"},
	"work_interactions": {EN: "planned interactions: {count}", RU: "запланированные взаимодействия: {count}"},
	"work_tasks":        {EN: "tasks: {count}", RU: "задачи: {count}"},
	"work_personal":     {EN: "personal tasks: {count}", RU: "личные задачи: {count}"},
	"work_assignments":  {EN: "assignments: {count}", RU: "поручения: {count}"},
	"work_given":        {EN: "assignments to look after: {count}", RU: "контроль поручений: {count}"},

	"quoted": {EN: "“{name}”", RU: "«{name}»"},
	"no_due": {EN: "none", RU: "без срока"},

	"who_route":   {EN: "The route", RU: "Маршрут"},
	"in_place_of": {EN: "In place of {who}.", RU: "Вместо отсутствующего: {who}."},
	"who_unknown": {EN: "Somebody who is gone", RU: "Бывший сотрудник"},

	"result_positive":        {EN: "positive", RU: "положительно"},
	"result_negative":        {EN: "negative", RU: "отрицательно"},
	"result_cancelled":       {EN: "cancelled", RU: "отменено"},
	"result_deal_positive":   {EN: "won", RU: "выиграна"},
	"result_deal_negative":   {EN: "lost", RU: "проиграна"},
	"result_deal_cancelled":  {EN: "cancelled", RU: "отменена"},
	"result_claim_positive":  {EN: "satisfied", RU: "удовлетворена"},
	"result_claim_negative":  {EN: "not satisfied", RU: "не удовлетворена"},
	"result_claim_cancelled": {EN: "cancelled", RU: "отменена"},

	"event_inbound_email": {EN: "an e-mail has come", RU: "пришло письмо"},
	"event_call":          {EN: "a call has come", RU: "был звонок"},
	"event_payment":       {EN: "a payment has come", RU: "пришла оплата"},
	"event_document":      {EN: "a document has come", RU: "пришёл документ"},
	"event_webhook":       {EN: "another system has called", RU: "вызов другой системы"},

	"interaction_call":     {EN: "a call", RU: "звонок"},
	"interaction_meeting":  {EN: "a meeting", RU: "встреча"},
	"interaction_email":    {EN: "an e-mail", RU: "письмо"},
	"interaction_sms":      {EN: "an SMS", RU: "SMS"},
	"interaction_calendar": {EN: "a calendar entry", RU: "запись в календаре"},
	"interaction_other":    {EN: "an interaction", RU: "взаимодействие"},

	"channel_email":   {EN: "E-mail", RU: "Письмо"},
	"channel_sms":     {EN: "SMS", RU: "SMS"},
	"channel_webhook": {EN: "Call of another system", RU: "Вызов другой системы"},

	"to_client":  {EN: "the client", RU: "клиент"},
	"to_contact": {EN: "a contact of the client", RU: "контактное лицо клиента"},
	"to_webhook": {EN: "another system", RU: "другая система"},
	"to_nobody":  {EN: "nobody", RU: "никто"},

	"role_customer":       {EN: "customer", RU: "заказчик"},
	"role_competitor":     {EN: "competitor", RU: "конкурент"},
	"role_partner":        {EN: "partner", RU: "партнёр"},
	"role_supplier":       {EN: "supplier", RU: "поставщик"},
	"role_expert":         {EN: "expert", RU: "эксперт"},
	"role_decision-maker": {EN: "decision-maker", RU: "принимает решение"},
	"role_observer":       {EN: "observer", RU: "наблюдатель"},
	"role_colleague":      {EN: "colleague", RU: "коллега"},
	"role_other":          {EN: "other", RU: "другое"},

	"field_topic":       {EN: "topic", RU: "тема"},
	"field_source":      {EN: "source", RU: "источник"},
	"field_client":      {EN: "client", RU: "клиент"},
	"field_contact":     {EN: "contact", RU: "контактное лицо"},
	"field_responsible": {EN: "responsible", RU: "ответственный"},
}

// story tells the entries of one case's feed in words (R5).
type story struct {
	server *Server
	c      *crm.Case
	m      *routemaps.Map // nil: a deal without stages
	lang   crm.Lang
	zone   string
	people map[string]string // names of users by id
	units  map[string]string // of departments by id
	roles  map[string]string // of roles by key
	terms  *terms            // what else is named in the entries by its key
}

// stories read what the entries' sentences name, and give those of each case by its id; entries of no case have one, too.
func (s *Server) stories(ctx context.Context, entries []crm.FeedEntry) (map[uuid.UUID]*story, error) {
	told := map[uuid.UUID]*story{}
	var ids, people []uuid.UUID
	for i := range entries {
		e := &entries[i]
		if told[e.CaseID] == nil {
			told[e.CaseID] = &story{server: s, c: &crm.Case{}, lang: langOf(ctx), zone: userOf(ctx).TimeZone}
			ids = append(ids, e.CaseID)
		}
		people = append(people, e.ActorID, idIn(e.Data, "from"), idIn(e.Data, "to"), idIn(e.Data, "in_place_of"), recipientUser(e.Data))
		if e.Performer != nil {
			people = append(people, e.Performer.UserID)
		}
	}
	cases, err := s.services.Cases.CasesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		c := &cases[i]
		told[c.ID].c = c
		if c.MapID == "" {
			continue
		}
		if told[c.ID].m, err = s.services.Maps.Map(ctx, c.MapID, c.MapVersion); err != nil {
			return nil, err
		}
	}
	names, err := s.names(ctx, people)
	if err != nil {
		return nil, err
	}
	units, err := s.units(ctx, entries)
	if err != nil {
		return nil, err
	}
	roles, err := s.rolesIn(ctx, entries)
	if err != nil {
		return nil, err
	}
	for _, st := range told {
		st.people, st.units, st.roles = names, units, roles
	}
	return told, s.addTerms(ctx, told, entries)
}

// units are the names of departments by their ids, if an entry names one as its performer.
func (s *Server) units(ctx context.Context, entries []crm.FeedEntry) (map[string]string, error) {
	units := map[string]string{}
	if !slices.ContainsFunc(entries, func(e crm.FeedEntry) bool { return e.Performer != nil && e.Performer.DepartmentID != uuid.Nil }) {
		return units, nil
	}
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		units[all[i].ID.String()] = all[i].Name.In(langOf(ctx))
	}
	return units, nil
}

// rolesIn are the names of roles by their keys, if an entry names a performer.
func (s *Server) rolesIn(ctx context.Context, entries []crm.FeedEntry) (map[string]string, error) {
	if !slices.ContainsFunc(entries, func(e crm.FeedEntry) bool { return e.Performer != nil }) {
		return nil, nil //nolint:nilnil // nobody asks for the name of a role
	}
	return s.roleNames(ctx)
}

func idIn(data map[string]any, key string) uuid.UUID {
	id, _ := uuid.Parse(textIn(data, key)) // nobody, where there is no id
	return id
}

func recipientUser(data map[string]any) uuid.UUID {
	key, _ := strings.CutPrefix(textIn(data, "recipient"), "user:")
	id, _ := uuid.Parse(key) // nobody, where it is somebody else
	return id
}

func textIn(data map[string]any, key string) string {
	text, _ := data[key].(string)
	return text
}

// say fills a sentence in. One that nobody has written yet is empty.
func (st *story) say(key string, params map[string]string) string {
	return fill(feedTexts[key].In(st.lang), params)
}

// tell is the entry in words.
func (st *story) tell(e *crm.FeedEntry) string {
	key, params := st.sentence(e)
	text := st.say(key, params)
	if text == "" {
		return e.Kind
	}
	if absent := textIn(e.Data, "in_place_of"); absent != "" {
		text += " " + st.say("in_place_of", map[string]string{"who": st.person(absent)})
	}
	if reason := st.reason(e); reason != "" {
		text += " " + st.say("reason", map[string]string{"reason": reason})
	}
	return text
}

// sentence chooses the entry's sentence and finds its values.
func (st *story) sentence(e *crm.FeedEntry) (key string, params map[string]string) {
	path := textIn(e.Data, "path")
	params = map[string]string{
		"who": st.who(e), "stage": st.stage(path), "task": st.task(e), "outcome": st.outcome(path, textIn(e.Data, "outcome")),
		"performer": st.performer(e), "to": st.person(textIn(e.Data, "to")), "code": st.server.incidentText(st.lang, textIn(e.Data, "code")),
		"amount": textIn(e.Data, "amount"), "currency": textIn(e.Data, "currency"),
		"title": textIn(e.Data, "title"), "role": st.say("role_"+textIn(e.Data, "role"), nil),
		"name": textIn(e.Data, "name"), "number": textIn(e.Data, "number"), "topic": textIn(e.Data, "topic"), "count": fmt.Sprint(e.Data["count"]),
	}
	switch e.Kind {
	case "closed":
		return st.closed(e, params)
	case "event":
		params["event"] = cmp.Or(st.say("event_"+textIn(e.Data, "event"), nil), textIn(e.Data, "event"))
		if came, _ := e.Data["data"].(map[string]any); came["record_id"] != nil {
			return "event_recorded", params // it came of a record that has a line of its own
		}
		params["data"] = plainValues(e.Data["data"])
	case "due_moved":
		params["from_at"], params["to_at"] = st.due(e.Data["from"]), st.due(e.Data["to"])
	case "handed_over":
		params["from"], params["work"] = st.person(textIn(e.Data, "from")), st.work(e.Data["work"])
	case "changed":
		params["changes"] = st.changes(e.Data["changes"])
	case "interaction", "interaction_changed":
		params["interaction"] = st.say("interaction_"+textIn(e.Data, "kind"), nil)
		params["at"] = st.moment(textIn(e.Data, "at"))
	case "notification", "notification_resent":
		return st.notification(e, params)
	}
	return variant(e, params), params
}

// variant chooses among the sentences of a kind by what there is to put into them.
func variant(e *crm.FeedEntry, params map[string]string) string {
	with := func(value, suffix string) string {
		if params[value] == "" {
			return e.Kind
		}
		return e.Kind + suffix
	}
	ofCase := textIn(e.Data, "path") == ""
	switch e.Kind {
	case "stage_entered":
		if e.Cause == string(routemaps.OnMove) {
			return "moved"
		}
		return with("performer", "_by")
	case "task_completed":
		return with("outcome", "_with")
	case "task_withdrawn":
		if reason := e.Kind + "_" + textIn(e.Data, "reason"); !feedTexts[reason].Empty() {
			return reason
		}
	case "overdue", "incident", "incident_resolved", "incident_dismissed":
		if ofCase {
			return e.Kind + "_case"
		}
		if e.Kind == "overdue" {
			return with("performer", "_by")
		}
	case "event":
		return with("data", "_with")
	case "due_moved":
		if ofCase && e.Data["name"] == nil {
			return e.Kind + "_case"
		}
	case "interaction", "interaction_changed":
		return "interaction_" + cmp.Or(textIn(e.Data, "change"), textIn(e.Data, "status"))
	}
	return e.Kind
}

// closed tells an end by an outcome from one by hand, and how it ended in words of its kind of case.
func (st *story) closed(e *crm.FeedEntry, params map[string]string) (string, map[string]string) {
	status := textIn(e.Data, "status")
	params["result"] = cmp.Or(st.say("result_"+string(st.c.Kind)+"_"+status, nil), st.say("result_"+status, nil))
	switch {
	case status == string(crm.StatusCancelled):
		return "cancelled", params
	case params["outcome"] != "" && e.Cause == string(routemaps.OnClose):
		return "closed_with_by", params
	case params["outcome"] != "":
		return "closed_with", params
	case e.ActorID != uuid.Nil:
		return "closed_by", params
	}
	return "closed", params
}

func (st *story) notification(e *crm.FeedEntry, params map[string]string) (string, map[string]string) {
	if key := textIn(e.Data, "template"); key != "" {
		params["template"] = st.say("quoted", map[string]string{"name": st.terms.template(key, st.lang)})
	}
	if e.Kind == "notification_resent" {
		return e.Kind, params
	}
	params["channel"] = st.say("channel_"+textIn(e.Data, "channel"), nil)
	params["reason"] = st.server.reasonText(st.lang, textIn(e.Data, "reason"))
	recipient := textIn(e.Data, "recipient")
	kind, key, _ := strings.Cut(recipient, ":")
	switch kind {
	case "user":
		params["recipient"] = st.person(key)
	case "none":
		params["recipient"] = st.say("to_nobody", nil)
	default:
		params["recipient"] = cmp.Or(st.say("to_"+kind, nil), recipient)
	}
	if params["template"] == "" {
		return "notification_" + textIn(e.Data, "status") + "_plain", params // a webhook has none
	}
	return "notification_" + textIn(e.Data, "status"), params
}

// who did it; what nobody did, the route did.
func (st *story) who(e *crm.FeedEntry) string {
	if e.ActorID == uuid.Nil {
		return st.say("who_route", nil)
	}
	return st.person(e.ActorID.String())
}

func (st *story) person(id string) string {
	return cmp.Or(st.people[id], st.say("who_unknown", nil))
}

func (st *story) performer(e *crm.FeedEntry) string {
	switch p := e.Performer; {
	case p == nil:
		return ""
	case p.UserID != uuid.Nil:
		return st.person(p.UserID.String())
	case p.Role != "":
		return cmp.Or(st.roles[p.Role], p.Role) // of a role that has been deleted, its key
	default:
		return st.units[p.DepartmentID.String()]
	}
}

func (st *story) stage(path string) string {
	if st.m == nil || path == "" {
		return path
	}
	if stage, ok := st.m.StageAt(path); ok {
		return stage.Name.In(st.lang)
	}
	return path
}

// task is the name of a rule's task, or of the stage.
func (st *story) task(e *crm.FeedEntry) string {
	if name, ok := e.Data["name"].(map[string]any); ok {
		return crm.Text{EN: textIn(name, "en"), RU: textIn(name, "ru")}.In(st.lang)
	}
	return st.stage(textIn(e.Data, "path"))
}

// outcome is the name of a stage's outcome or of one of the map as a whole.
func (st *story) outcome(path, id string) string {
	if st.m == nil || id == "" {
		return ""
	}
	candidates := st.m.OutcomesAt(path)
	for i := range st.m.Outcomes {
		candidates = append(candidates, &st.m.Outcomes[i])
	}
	if path == "" { // the end of the case: it was an outcome of some stage
		for i := range st.m.Stages {
			for k := range st.m.Stages[i].Outcomes {
				candidates = append(candidates, &st.m.Stages[i].Outcomes[k])
			}
		}
	}
	at := slices.IndexFunc(candidates, func(o *routemaps.Outcome) bool { return o.ID == id && !o.Name.Empty() })
	if at < 0 {
		return ""
	}
	return candidates[at].Name.In(st.lang)
}

// reason is what the form or the command gives as the reason.
func (st *story) reason(e *crm.FeedEntry) string {
	switch e.Kind {
	case "manual_mode", "reopened", "due_moved":
		return textIn(e.Data, "reason")
	}
	form, ok := e.Data["fields"].(map[string]any)
	if !ok {
		return ""
	}
	value := textIn(form, "reason")
	if field := st.field("reason"); field != nil {
		for i := range field.Options {
			if field.Options[i].ID == value {
				return field.Options[i].Name.In(st.lang)
			}
		}
	}
	return st.terms.reason(value, st.lang)
}

func (st *story) field(id string) *routemaps.Field {
	if st.m == nil {
		return nil
	}
	field, ok := st.m.Field(id)
	if !ok {
		return nil
	}
	return field
}

// changes names what was changed.
func (st *story) changes(value any) string {
	changed, _ := value.(map[string]any)
	names := make([]string, 0, len(changed))
	for key := range changed {
		id, isField := strings.CutPrefix(key, "fields.")
		name := cmp.Or(st.say("field_"+key, nil), id)
		if field := st.field(id); isField && field != nil && !field.Name.Empty() {
			name = field.Name.In(st.lang)
		}
		if attribute, isAttribute := strings.CutPrefix(key, "attributes."); isAttribute {
			name = st.terms.attribute(attribute, st.lang)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// due is a deadline in words; there may be none.
func (st *story) due(stored any) string {
	text, ok := stored.(string)
	if !ok {
		return st.say("no_due", nil)
	}
	return st.moment(text)
}

// work names what was handed over, and how much of it.
func (st *story) work(value any) string {
	counts, _ := value.(map[string]any)
	var parts []string
	for _, kind := range crm.WorkKinds() {
		if count, ok := counts[string(kind)]; ok {
			parts = append(parts, st.say("work_"+string(kind), map[string]string{"count": fmt.Sprint(count)}))
		}
	}
	return strings.Join(parts, ", ")
}

// moment is a stored time as people of the reader's zone write it.
func (st *story) moment(stored string) string {
	at, err := time.Parse(time.RFC3339Nano, stored)
	if err != nil {
		return stored
	}
	w := reasons{lang: st.lang, zone: st.zone}
	return w.moment(at)
}

// plainValues lists the plain values among what came with an event, in the order of their names; structures are left to
// programs.
func plainValues(value any) string {
	const most = 6
	came, _ := value.(map[string]any)
	var all []string
	for name, value := range came {
		switch v := value.(type) {
		case string, float64, bool:
			all = append(all, fmt.Sprintf("%s: %v", name, v))
		}
	}
	slices.Sort(all)
	if len(all) > most {
		all = append(all[:most], "…")
	}
	return strings.Join(all, ", ")
}
