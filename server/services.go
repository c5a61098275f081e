package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Services are what the API needs of the rest of the program. One value may stand for several of them.
//
// Every method may fail with a *crm.Error, which is shown to the caller; any other error is internal: it is logged and
// answered with 500. Reading one record that does not exist is an error of crm.KindNotFound.
type Services struct {
	Routes        Routes
	Cases         Cases
	Tasks         Tasks
	Maps          Maps
	Notifications Notifications
	Clients       Clients
	Imports       Imports
	Interactions  Interactions
	Notices       Notices
	Changes       Changes
	Files         Files
	Payments      Payments
	Letters       Letters
	Reports       Reports
	Templates     Templates
	Calendars     Calendars
	Users         Users
	Organisation  Organisation
	Settings      Settings
	Absences      Absences
	Tokens        Tokens
	Filters       Filters
	Webhooks      Webhooks
	Mailboxes     Mailboxes
	Mail          Mail
	Answers       Answers
	Audit         Audit
	Health        []HealthCheck
	Provider      IdentityProvider // nil: one signs in with a password
}

// Audit is the record of all changes, and what is done with all that is held on a client.
type Audit interface {
	// ListAudit reads entries, newest first.
	ListAudit(ctx context.Context, f crm.AuditFilter) ([]crm.AuditEntry, error)
	// CaseStory is everything that is recorded of a case.
	CaseStory(ctx context.Context, id uuid.UUID) (*crm.Story, error)
	// RecordEvent records something that happens without a record that changes.
	RecordEvent(ctx context.Context, e crm.AuditEvent) error
	// PersonalData is everything that is held on a client.
	PersonalData(ctx context.Context, client uuid.UUID) (*crm.PersonalData, error)
	// EraseClient takes away for good everything that is personal to a client; confirmation_mismatch, client_has_open_cases.
	EraseClient(ctx context.Context, e crm.Erasure) (*crm.Erased, error)
}

// Routes takes what goes through a case's route. A command is stored first, so that it is never forgotten; a command
// with a user's known IdempotencyKey is answered with what became of the first one, or with idempotency_key_reused when
// BodyHash differs.
type Routes interface {
	// Submit stores the command, sends it and waits up to 5 seconds. A command still received then is at work; a refused
	// one is not an error of Submit. temporal_unavailable: safe to repeat.
	Submit(ctx context.Context, c crm.Command) (crm.Command, error)
	// SubmitEvent is Submit for what another system tells about a case (R11).
	SubmitEvent(ctx context.Context, e crm.OutsideEvent) (crm.Command, error)
	// CreateCase makes a case with its first task. The bool is false when the key's case existed already. An empty
	// IdempotencyKey is none.
	CreateCase(ctx context.Context, c crm.NewCase) (*crm.Case, bool, error)
	// Tell brings to the case's route what the records of it that have just changed left for it (R11), and waits a moment for what
	// comes of it. It cannot fail: what it does not bring, the reconciler does.
	Tell(ctx context.Context, caseID uuid.UUID)
	// Resend sends a failed or unknown notification again; notification_not_resendable for others.
	Resend(ctx context.Context, notification, by uuid.UUID) (*crm.Notification, error)
}

// Cases are the records of cases and what their routes wrote.
type Cases interface {
	CaseParties
	Comments
	Case(ctx context.Context, id uuid.UUID) (*crm.Case, error)
	CaseByNumber(ctx context.Context, number string) (*crm.Case, error)
	// CasesByID reads cases in no order; those that are not there are left out.
	CasesByID(ctx context.Context, ids []uuid.UUID) ([]crm.Case, error)
	CaseLists
	// PatchCase changes a case of this version; crm.KindStale when it has another.
	PatchCase(ctx context.Context, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error)
	Command(ctx context.Context, id uuid.UUID) (*crm.Command, error)
	Incidents(ctx context.Context, caseID uuid.UUID) ([]crm.Incident, error)
	// OpenIncidents lists the open ones of all cases, oldest first; after: ID.
	OpenIncidents(ctx context.Context, after *crm.Cursor, limit int) (crm.Page[crm.Incident], error)
	// History is the feed of a case or of a client.
	History(ctx context.Context, f crm.HistoryFilter) (*crm.History, error)
}

// Tasks are the performers' work. Completing goes through Routes; these do not move the case.
type Tasks interface {
	OwnTasks
	Task(ctx context.Context, id uuid.UUID) (*crm.TaskItem, error)
	ListTasks(ctx context.Context, f crm.TaskFilter) (crm.Page[crm.TaskItem], error)
	// CaseWithTasks reads a case and the tasks that its transition seq opened, in one round trip; seq 0: all open ones.
	CaseWithTasks(ctx context.Context, caseID uuid.UUID, seq int) (*crm.Case, []crm.TaskItem, error)
	// TakeTask takes a task out of a pool; task_taken when another was quicker, task_completed or
	// task_withdrawn when it is not open.
	TakeTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error)
	// ReleaseTask gives it back to the pool; not_your_task when somebody else took it (those who lead may release for others), task_not_taken when nobody did.
	ReleaseTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error)
	// DelegateTask addresses it to another user; user_not_active or user_reads_only when he cannot work, and what TakeTask says of one that is not open.
	DelegateTask(ctx context.Context, id, to uuid.UUID, by *crm.User) (*crm.TaskItem, error)
	// Unattended lists the open tasks in pools of which nobody is there, and on desks of absent people whom nobody covers.
	Unattended(ctx context.Context, f crm.TaskFilter) (crm.Page[crm.TaskItem], error)
}

// Maps are the published route maps.
type Maps interface {
	// Map is a published version, compiled; cached, as versions never change.
	Map(ctx context.Context, id string, version int) (*routemaps.Map, error)
	// RecordFields are the fields of forms that name a client, a contact, an interaction or a file, by their ids.
	RecordFields(ctx context.Context) (map[string]bool, error)
	RouteMaps(ctx context.Context) ([]crm.RouteMap, error)
	RouteMap(ctx context.Context, id string) (*crm.RouteMap, error)
	// OfferedMaps lists the maps that the user may choose for a new case of the kind (R38).
	OfferedMaps(ctx context.Context, kind crm.Kind, user uuid.UUID) ([]crm.RouteMap, error)
	RouteMapVersions(ctx context.Context, id string) ([]crm.RouteMapVersion, error)
	RouteMapVersion(ctx context.Context, id string, version int) (*crm.RouteMapVersion, error)
	// LintRouteMap checks a map as Publish would. What is wrong with the map is not an error of the call.
	LintRouteMap(ctx context.Context, source []byte) (*routemaps.Map, []routemaps.Warning, routemaps.Errors, error)
	// PublishRouteMap stores the map as the next version, or answers with the existing version of the same content and
	// false. A map with errors is a routemaps.Errors.
	PublishRouteMap(ctx context.Context, source []byte, by uuid.UUID) (*crm.RouteMapVersion, bool, error)
	// PublishRouteMapAfter is PublishRouteMap of a text made from this version, 0 for a new map; crm.KindStale when there is a newer one.
	PublishRouteMapAfter(ctx context.Context, source []byte, by uuid.UUID, after int) (*crm.RouteMapVersion, bool, error)
	// MapCases counts a map's open cases by version and stage, up to crm.BoardBound of them.
	MapCases(ctx context.Context, kind crm.Kind, id string) (counts []crm.MapCases, more bool, err error)
	// PatchRouteMap changes a map of this revision; crm.KindStale when it has another.
	PatchRouteMap(ctx context.Context, id string, revision int, p crm.RouteMapPatch) (*crm.RouteMap, error)
	// RouteMapTests gives the tests of a map in force: the company's own, the shipped ones, or an empty text.
	RouteMapTests(ctx context.Context, id string) (*crm.RouteMapTests, error)
	// PutRouteMapTests stores a text after t.Version; crm.KindStale when there is a later one.
	PutRouteMapTests(ctx context.Context, t crm.RouteMapTests) (*crm.RouteMapTests, error)
	// DeleteRouteMapTests deletes the company's own tests of version t.Version; no_own_tests when there are none, crm.KindStale when they
	// have another version.
	DeleteRouteMapTests(ctx context.Context, t crm.RouteMapTests) error
}

// Notifications are the ledger of what was to be told to whom.
type Notifications interface {
	Notifications(ctx context.Context, caseID uuid.UUID) ([]crm.Notification, error)
	Notification(ctx context.Context, id uuid.UUID) (*crm.Notification, error)
}

// Clients are the records of clients and their contacts.
type Clients interface {
	Client(ctx context.Context, id uuid.UUID) (*crm.Client, error)
	ListClients(ctx context.Context, f crm.ClientFilter) (crm.Page[crm.Client], error)
	CreateClient(ctx context.Context, c crm.Client) (*crm.Client, error)
	// CreateUniqueClient makes nothing when the client may be there already, and answers with those that it may be.
	CreateUniqueClient(ctx context.Context, c crm.Client) (*crm.Client, []crm.Duplicate, error)
	// PatchClient refuses a client that was merged into another with client_merged.
	PatchClient(ctx context.Context, id uuid.UUID, version int, p crm.ClientPatch, by uuid.UUID) (*crm.Client, error)
	ClientHistory(ctx context.Context, client uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error)
	// Duplicates finds clients that may be the same as this one.
	Duplicates(ctx context.Context, c *crm.Client) ([]crm.Duplicate, error)
	// SearchClients and Search find what a text may mean, the best first.
	SearchClients(ctx context.Context, text string, f crm.ClientFilter) ([]crm.Client, error)
	Search(ctx context.Context, text string, limit int) ([]crm.Found, error)

	LegalEntity(ctx context.Context, id uuid.UUID) (*crm.LegalEntity, error)
	// CreateLegalEntity refuses one that the client has with legal_entity_known.
	CreateLegalEntity(ctx context.Context, e crm.LegalEntity, by uuid.UUID) (*crm.LegalEntity, error)
	PatchLegalEntity(ctx context.Context, id uuid.UUID, version int, p crm.LegalEntityPatch, by uuid.UUID) (*crm.LegalEntity, error)
	DeleteLegalEntity(ctx context.Context, id uuid.UUID, version int, by uuid.UUID) error

	// MergeClients makes one client of two, and UnmergeClient undoes it; what was done before stays done.
	MergeClients(ctx context.Context, into, from, by uuid.UUID) (*crm.Client, error)
	UnmergeClient(ctx context.Context, from, by uuid.UUID) (*crm.Client, error)
	MergeContacts(ctx context.Context, into, from, by uuid.UUID) (*crm.Contact, error)
	UnmergeContact(ctx context.Context, from, by uuid.UUID) (*crm.Contact, error)

	// Attributes lists own attributes in their order, archived ones too; an empty subject: of all.
	Attributes(ctx context.Context, subject crm.AttributeSubject) ([]crm.Attribute, error)
	// PutAttribute adds (version 0) or changes one; crm.KindStale when it has another version.
	PutAttribute(ctx context.Context, a crm.Attribute, version int) (*crm.Attribute, error)
	// CasesToTell are a client's cases whose routes have not heard yet what has changed of it.
	CasesToTell(ctx context.Context, client uuid.UUID) ([]uuid.UUID, error)

	Regions(ctx context.Context) ([]crm.Region, error)
	// PutRegion adds a region, or changes the one of this version: its clients have its time zone, unless they were given
	// one of their own (R8).
	PutRegion(ctx context.Context, r crm.Region, version int, by uuid.UUID) (*crm.Region, error)
	AcquisitionSources(ctx context.Context) ([]crm.AcquisitionSource, error)
	// PutAcquisitionSource adds a source, or changes the one of this version.
	PutAcquisitionSource(ctx context.Context, s crm.AcquisitionSource, version int) (*crm.AcquisitionSource, error)

	Contact(ctx context.Context, id uuid.UUID) (*crm.Contact, error)
	// ListContacts lists contacts with what their clients are known by; SearchContacts finds those that a text may mean, the best first.
	ListContacts(ctx context.Context, f crm.ContactFilter) (crm.Page[crm.ContactOfClient], error)
	SearchContacts(ctx context.Context, text string, f crm.ContactFilter) ([]crm.ContactOfClient, error)
	// DuplicatesOfContact finds contacts of the same client that may be the same person.
	DuplicatesOfContact(ctx context.Context, c *crm.Contact) ([]crm.ContactDuplicate, error)
	ContactHistory(ctx context.Context, contact uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error)
	CreateContact(ctx context.Context, c crm.Contact) (*crm.Contact, error)
	PatchContact(ctx context.Context, id uuid.UUID, version int, p crm.ContactPatch, by uuid.UUID) (*crm.Contact, error)
}

// Imports are tables of clients and contacts on their way in.
type Imports interface {
	CreateImport(ctx context.Context, i crm.Import, rows [][]string) (*crm.Import, error)
	Import(ctx context.Context, id uuid.UUID) (*crm.Import, error)
	ListImports(ctx context.Context, f crm.ImportFilter) (crm.Page[crm.Import], error)
	// ImportOutlook looks the records of rows up among those there, at once: the answer has one entry for each.
	ImportOutlook(ctx context.Context, records []crm.ImportRecord) ([]crm.RowOutlook, error)
	// ImportRows lists rows in their order after row n; an empty result: all of them.
	ImportRows(ctx context.Context, id uuid.UUID, result crm.ImportResult, after, limit int) ([]crm.ImportRow, error)
	// MapImport, RunImport and StopImport refuse with import_status what does not fit where the import stands.
	MapImport(ctx context.Context, id uuid.UUID, mapping []string) (*crm.Import, error)
	RunImport(ctx context.Context, id uuid.UUID, policy crm.DuplicatePolicy) (*crm.Import, error)
	StopImport(ctx context.Context, id uuid.UUID) (*crm.Import, error)
}

// Interactions are the calls, meetings and messages with clients.
type Interactions interface {
	Interaction(ctx context.Context, id uuid.UUID) (*crm.Interaction, error)
	ListInteractions(ctx context.Context, f crm.InteractionFilter) (crm.Page[crm.Interaction], error)
	CreateInteraction(ctx context.Context, i crm.Interaction) (*crm.Interaction, error)
	PatchInteraction(ctx context.Context, id uuid.UUID, version int, p crm.InteractionPatch, by uuid.UUID) (*crm.Interaction, error)
}

// Notices are what users are told besides their tasks.
type Notices interface {
	Notices(ctx context.Context, f crm.NoticeFilter) (crm.Page[crm.Notice], error)
	// ReadNotices marks the user's notices as read, all of them where none are named, and tells how many were not before.
	ReadNotices(ctx context.Context, user uuid.UUID, ids []uuid.UUID) (int, error)
}

// Changes is the log that live pages follow.
type Changes interface {
	// ChangesHead is the place before everything that is still to come.
	ChangesHead(ctx context.Context) (crm.Position, error)
	// ChangesAfter reads what follows a position, in order; nothing appears later that belongs before what has been read.
	ChangesAfter(ctx context.Context, after crm.Position, limit int) (*crm.ChangeBatch, error)
}

// Files are the documents attached to cases.
type Files interface {
	// ListFiles lists the files on a card, oldest first, removed ones only when they are asked for.
	ListFiles(ctx context.Context, on crm.Card, removed bool) ([]crm.File, error)
	File(ctx context.Context, id uuid.UUID) (*crm.File, []byte, error)
	CreateFile(ctx context.Context, f crm.File, content []byte) (*crm.File, error)
	// RemoveFile takes a file off its card, or puts it back.
	RemoveFile(ctx context.Context, id uuid.UUID, removed bool, by *crm.User) (*crm.File, error)
}

// Letters is e-mail that people write from cases (R63).
type Letters interface {
	Letters(ctx context.Context, caseID uuid.UUID) ([]crm.Letter, error)
	// CreateLetter stores a letter and has it sent.
	CreateLetter(ctx context.Context, l crm.Letter) (*crm.Letter, error)
	// CreateSMS stores a text message and has it sent; not_a_contacts_mobile at /to for any other number (R40).
	CreateSMS(ctx context.Context, m crm.SMS) (*crm.SMS, error)
}

// Payments is money that came in for cases.
type Payments interface {
	// Payments lists a case's payments by their days, withdrawn ones too.
	Payments(ctx context.Context, caseID uuid.UUID) ([]crm.Payment, error)
	// CreatePayment records a payment and brings it to the case's route (R11).
	CreatePayment(ctx context.Context, p crm.Payment) (*crm.Payment, error)
	// WithdrawPayment marks a payment that was recorded by mistake.
	WithdrawPayment(ctx context.Context, id, by uuid.UUID) (*crm.Payment, error)
}

// Reports count.
type Reports interface {
	// Funnel counts the stages of a map's version, 0 for all; they come in no order.
	Funnel(ctx context.Context, mapID string, version int, f crm.ReportFilter) ([]crm.FunnelStage, error)
	Control(ctx context.Context, f crm.ReportFilter) ([]crm.ControlRow, error)
	Losses(ctx context.Context, f crm.ReportFilter) ([]crm.LossRow, error)
	Claims(ctx context.Context, f crm.ReportFilter) ([]crm.ClaimRow, error)
	Channels(ctx context.Context, f crm.ReportFilter) ([]crm.ChannelRow, error)
	Demand(ctx context.Context, f crm.ReportFilter, limit int) ([]crm.DemandRow, error)
	Standards(ctx context.Context, f crm.ReportFilter, now time.Time) ([]crm.StandardRow, error)
	Communication(ctx context.Context, f crm.CommunicationFilter) ([]crm.CommunicationRow, error)
	// Outcomes counts those of a map's version, 0 for all.
	Outcomes(ctx context.Context, mapID string, version int, f crm.ReportFilter) ([]crm.OutcomeRow, error)
	Potential(ctx context.Context, f crm.ReportFilter) ([]crm.PotentialRow, error)

	// ReportCases lists the cases behind a figure, newest first; DeskTasks the tasks behind those of Control; ChannelClients the clients
	// behind those of Channels, by name; CommunicationItems the interactions behind those of Communication, an empty kind meaning all.
	ReportCases(ctx context.Context, f crm.ReportFigure) (crm.Page[crm.CaseItem], error)
	DeskTasks(ctx context.Context, f crm.ReportFilter, overdue bool, after *crm.Cursor, limit int) (crm.Page[crm.TaskItem], error)
	ChannelClients(ctx context.Context, f crm.ReportFilter, after *crm.Cursor, limit int) (crm.Page[crm.Client], error)
	CommunicationItems(ctx context.Context, f crm.CommunicationFilter, kind crm.InteractionKind, direction string, after *crm.Cursor, limit int) (crm.Page[crm.Interaction], error)
}

// Templates are the texts of notifications.
type Templates interface {
	// ListTemplates gives the newest version of every template in every language.
	ListTemplates(ctx context.Context) ([]crm.Template, error)
	// Template gives the newest version in each language it exists in.
	Template(ctx context.Context, key string) ([]crm.Template, error)
	// PutTemplate stores the version after t.Version; crm.KindStale when there is a later one, crm.KindUnprocessed with the field when
	// it does not compile.
	PutTemplate(ctx context.Context, t crm.Template) (*crm.Template, error)
	// DeleteTemplate deletes the company's own text of version t.Version in t.Lang; the shipped one, if any, goes out again.
	// crm.KindNotFound, crm.KindStale; template_in_use when it is the template's last and something names it.
	DeleteTemplate(ctx context.Context, t crm.Template) error
	// TemplateVariables are what the template of a key may show, besides the fields of a case.
	TemplateVariables(key string) []crm.TemplateVariable
	// PreviewTemplate renders a template, stored or not, for a case, or with sample values when caseID is zero.
	PreviewTemplate(ctx context.Context, t crm.Template, caseID uuid.UUID) (*crm.RenderedTemplate, error)
}

// Calendars are the business calendars that time limits are counted on.
type Calendars interface {
	// Calendars gives those in force, by id.
	Calendars(ctx context.Context) ([]crm.Calendar, error)
	// Calendar gives the one in force; crm.KindNotFound.
	Calendar(ctx context.Context, id string) (*crm.Calendar, error)
	// CalendarVersions gives all versions of one, newest first, also of one that was deleted; crm.KindNotFound.
	CalendarVersions(ctx context.Context, id string) ([]crm.Calendar, error)
	// PutCalendar stores the next version after this one, 0 for the first; crm.KindStale. What is wrong with the source is a
	// calendar.Errors, and calendar_id_differs where it is another calendar's.
	PutCalendar(ctx context.Context, id string, source []byte, version int, by uuid.UUID) (*crm.Calendar, error)
	// DeleteCalendar deletes the company's own of this version; a shipped one of its id counts again. crm.KindNotFound, crm.KindStale;
	// calendar_in_use when nothing would take its place and something names it.
	DeleteCalendar(ctx context.Context, id string, version int, by uuid.UUID) error
}

// Users are who works here.
type Users interface {
	User(ctx context.Context, id uuid.UUID) (*crm.User, error)
	// UserNames are the names of users by their ids; those that are not there are left out.
	UserNames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)
	ListUsers(ctx context.Context) ([]crm.User, error)
	// Credentials finds a user by login; crm.KindNotFound when there is none.
	Credentials(ctx context.Context, login string) (*crm.Credentials, error)
	// CreateUser refuses a taken login with login_taken.
	CreateUser(ctx context.Context, u crm.User, passwordHash string) (*crm.User, error)
	// PatchUser changes a user of this version; crm.KindStale when he has another, user_has_open_work when he is to leave with it.
	// A new password ends his sessions, but the one of the token with the hash keep.
	PatchUser(ctx context.Context, id uuid.UUID, version int, p crm.UserPatch, by uuid.UUID, keep []byte) (*crm.User, error)
	// OpenWork counts what a user has that somebody would have to go on with.
	OpenWork(ctx context.Context, user uuid.UUID) (crm.OpenWork, error)
	// Handover hands over all that is asked for, or nothing.
	Handover(ctx context.Context, h crm.Handover) (*crm.HandedOver, error)
	// SightOf is what the user sees; nil: everything.
	SightOf(ctx context.Context, u *crm.User) (*crm.Sight, error)
	// Hidden gives those of the ids that are of records that the work of ctx may not see; HiddenNumber tells it of a case's number.
	Hidden(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)
	HiddenNumber(ctx context.Context, number string) (bool, error)
	// ListRoles lists the shipped roles, then the company's own.
	ListRoles(ctx context.Context) ([]crm.Role, error)
	Role(ctx context.Context, key string) (*crm.Role, error)
	// PutRole changes a role of this version, or adds one with version 0; crm.KindStale when it has another. own_account, last_admin
	// and user_has_open_work keep somebody who administers, and nobody's work lying.
	PutRole(ctx context.Context, r crm.Role, by uuid.UUID) (*crm.Role, error)
	// DeleteRole refuses shipped_role and role_in_use.
	DeleteRole(ctx context.Context, key string, version int) error
	// UserOfIdentity finds who signs in with an identity, links it to the one active user with its verified e-mail, or, with
	// roles, makes a user who has these; crm.KindForbidden: nobody can be told.
	UserOfIdentity(ctx context.Context, who crm.Identity, roles []string) (*crm.User, error)
	// LinkIdentity refuses an identity or a user who is linked already with identity_taken.
	LinkIdentity(ctx context.Context, i crm.LinkedIdentity) (*crm.LinkedIdentity, error)
	Identities(ctx context.Context, user uuid.UUID) ([]crm.LinkedIdentity, error)
	// UnlinkIdentity ends the user's sessions, too.
	UnlinkIdentity(ctx context.Context, user, id uuid.UUID) error
}

// Settings are what the company has decided for all (R22).
type Settings interface {
	Settings(ctx context.Context) (*crm.Settings, error)
	// PutSettings changes the settings of this version; crm.KindStale, blocks_in_use.
	PutSettings(ctx context.Context, version int, change crm.SettingsChange) (*crm.Settings, error)
	// OpenInBlocks counts what is open of every block, switched off or not.
	OpenInBlocks(ctx context.Context) (map[crm.Block]crm.OpenInBlock, error)
}

// Organisation is the company's offices, and its departments as a tree (R38).
type Organisation interface {
	// ListOffices and ListDepartments give those out of use too, by key.
	ListOffices(ctx context.Context) ([]crm.Office, error)
	Office(ctx context.Context, id uuid.UUID) (*crm.Office, error)
	// CreateOffice refuses a taken key with office_key_taken.
	CreateOffice(ctx context.Context, o crm.Office) (*crm.Office, error)
	// PatchOffice changes an office of this version; crm.KindStale, office_in_use.
	PatchOffice(ctx context.Context, id uuid.UUID, version int, p crm.OfficePatch) (*crm.Office, error)
	ListDepartments(ctx context.Context) ([]crm.Department, error)
	Department(ctx context.Context, id uuid.UUID) (*crm.Department, error)
	// CreateDepartment refuses a taken key with department_key_taken.
	CreateDepartment(ctx context.Context, d crm.Department) (*crm.Department, error)
	// PatchDepartment changes a department of this version; crm.KindStale, department_cycle, department_in_use.
	PatchDepartment(ctx context.Context, id uuid.UUID, version int, p crm.DepartmentPatch) (*crm.Department, error)
}

// Absences say who is not at work when, and who does his tasks meanwhile.
type Absences interface {
	Absences(ctx context.Context, f crm.AbsenceFilter) (crm.Page[crm.Absence], error)
	Absence(ctx context.Context, id uuid.UUID) (*crm.Absence, error)
	// CreateAbsence refuses absent_already and not_your_absence.
	CreateAbsence(ctx context.Context, a crm.Absence, by uuid.UUID) (*crm.Absence, error)
	// PatchAbsence changes one of this version; crm.KindStale, absence_has_begun, absence_is_over.
	PatchAbsence(ctx context.Context, id uuid.UUID, version int, p crm.AbsencePatch, by uuid.UUID) (*crm.Absence, error)
	// EndAbsence ends one of this version now, or cancels it before it begins.
	EndAbsence(ctx context.Context, id uuid.UUID, version int, by uuid.UUID) (*crm.Absence, error)
}

// Tokens are what requests are signed in with. Only hashes are stored.
type Tokens interface {
	// CreateToken refuses an id that is there already with token_shown.
	CreateToken(ctx context.Context, t crm.Token) (made, known *crm.Token, err error)
	// Tokens lists a user's tokens of a kind that are still good.
	Tokens(ctx context.Context, user uuid.UUID, kind crm.TokenKind) ([]crm.Token, error)
	// RevokeTokenOf ends a user's token of a kind; crm.KindNotFound when he has none of this id.
	RevokeTokenOf(ctx context.Context, user uuid.UUID, kind crm.TokenKind, id uuid.UUID) error
	// EndSessions ends a user's sessions but the one of this hash; nil: all of them.
	EndSessions(ctx context.Context, user uuid.UUID, keep []byte) error
	// TokenUser finds a valid token and its active user; crm.KindNotFound when it is unknown, expired or revoked, or its
	// user is not active.
	TokenUser(ctx context.Context, hash []byte, at time.Time) (*crm.User, *crm.Token, error)
	// NoteTokenUse writes down from where a token was used.
	NoteTokenUse(ctx context.Context, token uuid.UUID, use crm.TokenUse) error
	RevokeToken(ctx context.Context, hash []byte) error
}

// Filters are those of lists that people keep, each for himself.
type Filters interface {
	// SavedFilters lists those of a user and a list by name.
	SavedFilters(ctx context.Context, user uuid.UUID, list crm.FilteredList) ([]crm.SavedFilter, error)
	// SaveFilter refuses another one of a name with saved_filter_exists, unless it replaces it, and too many with too_many_saved_filters.
	SaveFilter(ctx context.Context, f crm.SavedFilter, replace bool) (*crm.SavedFilter, error)
	// DeleteSavedFilter removes one; crm.KindNotFound when the user has none of this id.
	DeleteSavedFilter(ctx context.Context, user, id uuid.UUID) error
}

// Webhooks tell other systems of what happens to cases.
type Webhooks interface {
	// ListWebhooks lists all webhooks by name.
	ListWebhooks(ctx context.Context) ([]crm.Webhook, error)
	Webhook(ctx context.Context, id uuid.UUID) (*crm.Webhook, error)
	// CreateWebhook makes a webhook and its secret; webhook_secret_shown for an id that is there already, too_many_webhooks.
	CreateWebhook(ctx context.Context, w crm.Webhook) (*crm.Webhook, []byte, error)
	// PatchWebhook changes one of this version; crm.KindStale. So do the next two.
	PatchWebhook(ctx context.Context, id uuid.UUID, version int, p crm.WebhookPatch) (*crm.Webhook, error)
	RenewWebhookSecret(ctx context.Context, id uuid.UUID, version int) (*crm.Webhook, []byte, error)
	DeleteWebhook(ctx context.Context, id uuid.UUID, version int) error
	// TestWebhook makes a delivery of the id that tells of nothing.
	TestWebhook(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error)
	// WebhookDeliveries lists what a webhook was or is to be told, newest first.
	WebhookDeliveries(ctx context.Context, f crm.WebhookDeliveryFilter) (crm.Page[crm.WebhookDelivery], error)
	WebhookDelivery(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error)
	// RetryWebhookDelivery lets a delivery be tried at once; delivery_not_repeatable: it has arrived.
	RetryWebhookDelivery(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error)
}

// Mailboxes are the addresses that the company writes from.
type Mailboxes interface {
	// ListMailboxes lists all mailboxes, the default one first, then by name.
	ListMailboxes(ctx context.Context) ([]crm.Mailbox, error)
	Mailbox(ctx context.Context, id uuid.UUID) (*crm.Mailbox, error)
	// CreateMailbox refuses, with its field: mailbox_email_taken, mailbox_of_department_taken, default_mailbox_off, not_found, out_of_use.
	CreateMailbox(ctx context.Context, m crm.Mailbox) (*crm.Mailbox, error)
	// PatchMailbox changes one of this version; crm.KindStale. It refuses what CreateMailbox does.
	PatchMailbox(ctx context.Context, id uuid.UUID, version int, p crm.MailboxPatch) (*crm.Mailbox, error)
	// DeleteMailbox removes one of this version; crm.KindStale.
	DeleteMailbox(ctx context.Context, id uuid.UUID, version int) error
}

// Mail is the mail server that letters go through.
type Mail interface {
	// Carries tells whether letters can carry the address.
	Carries(address string) bool
	// Configured is what letters go from that no mailbox is for; the zero one: no mail server is set up, or without an address.
	Configured() crm.Sender
	// SendTest gives a test letter to the mail server and waits for its answer; mail_not_set_up, letter_refused, letter_not_sent.
	SendTest(ctx context.Context, l crm.TestLetter) error
}

// Answers keep the answers to POSTs that do not go through a route, by user and Idempotency-Key.
type Answers interface {
	// BeginRequest claims the key. It gives the stored answer of an earlier request, or nil and the time of the claim when this
	// one is to do the work. idempotency_key_reused: the body was another; idempotency_in_progress: the first is at work.
	BeginRequest(ctx context.Context, user uuid.UUID, key string, bodyHash []byte) (*crm.Answer, time.Time, error)
	// FinishRequest stores the answer of the request that claimed the key at that time; nil gives the key back, as nothing was
	// done. It changes nothing once the key has gone to another request.
	FinishRequest(ctx context.Context, user uuid.UUID, key string, claimed time.Time, answer *crm.Answer) error
}

// HealthCheck asks one thing the program cannot do without.
type HealthCheck struct {
	Name  string // "postgres", "temporal"
	Check func(ctx context.Context) error
}
