package server

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"marshrut/crm"
	"marshrut/sheets"
)

// apiPrefix is where the API begins.
const apiPrefix = "/api/v1"

// The methods, short enough for the list below.
const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// addRoutes is the API: every route with who may use it, what he has to be to the record that its path names and how that has to
// stand, and what it does.
func (s *Server) addRoutes(api huma.API) {
	r := &router{server: s, api: api}

	r.section("Sessions")
	add(r, get, "/about", public, s.about, "get-about", "What this installation is")
	add(r, post, "/sessions", public, s.signIn, "sign-in", "Sign in", created, withoutKey)
	add(r, get, "/sessions/ways", public, s.waysToSignIn, "list-ways-to-sign-in", "How one can sign in")
	add(r, get, "/sessions/oidc", public, s.signInElsewhere, "sign-in-elsewhere", "Send the browser to the OpenID Connect provider to sign in", redirects)
	add(r, get, "/sessions/oidc/callback", public, s.signInBack, "sign-in-back", "Where the provider sends the browser back to", redirects, addedTo)
	add(r, get, "/sessions/oidc/sign-out", public, s.signOutElsewhere, "sign-out-elsewhere", "Send the browser to sign out at the OpenID Connect provider too", redirects)
	add(r, remove, "/sessions/current", everyone, s.signOut, "sign-out", "Sign out: the token ends")
	add(r, get, "/me", everyone, s.me, "get-me", "Who is signed in, with his profile")
	add(r, patch, "/me", everyone, s.patchMe, "patch-me", "Change one's own password, language, time zone, signature and choices of letters (R66)")
	add(r, get, "/me/sessions", everyone, s.listSessions, "list-sessions", "Where I am signed in, and when I was last there")
	add(r, remove, "/me/sessions", everyone, s.endOtherSessions, "end-other-sessions", "Sign out everywhere but here")
	add(r, remove, "/me/sessions/{id}", everyone, s.endSession, "end-session", "End one of my sessions")
	add(r, get, "/me/tokens", everyone, s.listTokens, "list-tokens", "My tokens for programs")
	add(r, post, "/me/tokens", everyone, s.createToken, "create-token", "Make a token for a program; its secret is shown this once", created, secret)
	add(r, get, "/me/filters", everyone, s.listSavedFilters, "list-saved-filters", "The filters of a list that I keep")
	add(r, post, "/me/filters", everyone, s.saveFilter, "save-filter", "Keep a filter of a list under a name", created)
	add(r, remove, "/me/filters/{id}", everyone, s.deleteSavedFilter, "delete-saved-filter", "Delete one of my filters")
	add(r, get, "/me/notices", everyone, s.listNotices, "list-notices", "What I am told: reminders, new tasks and overdue ones, assignments, mentions, substitutions; newest first (R28)")
	add(r, post, "/me/notices/read", everyone, s.readNotices, "read-notices", "Mark notices as read")
	add(r, remove, "/me/tokens/{id}", everyone, s.revokeToken, "revoke-token", "End a token")

	add(r, get, "/events", everyone, s.events, "get-events", "What changes, as server-sent events that go on after a break", endless, media("text/event-stream"))

	r.section("Cases")
	add(r, post, "/appeals", workers, s.createAppeal, "create-appeal", "Accept an appeal (R37, R50)", created, remembers)
	add(r, post, "/deals", workers, s.createDeal, "create-deal", "Begin a deal: led by the process, by hand, or without stages (R30, R31)", created, remembers)
	add(r, post, "/interests", workers, s.createInterest, "create-interest", "Begin an interest (R1)", created, remembers)
	add(r, post, "/claims", workers, s.createClaim, "create-claim", "Register a claim (R36)", created, remembers)
	add(r, get, "/appeals", everyone, s.listAppeals, "list-appeals", "Appeals, newest first")
	add(r, get, "/deals", everyone, s.listDeals, "list-deals", "Deals, newest first")
	add(r, get, "/interests", everyone, s.listInterests, "list-interests", "Interests, newest first")
	add(r, get, "/claims", everyone, s.listClaims, "list-claims", "Claims, newest first")
	add(r, get, "/cases", everyone, s.listCases, "list-cases", "Cases of all kinds, newest first")
	add(r, get, "/acceptance", everyone, s.getAcceptance, "get-acceptance", "What the acceptance wizard offers: interest, appeal or lost, with the maps that one may choose (R38, R41)")
	add(r, post, "/acceptance", workers, s.accept, "accept-request", "Accept a request: a case with the interaction by which it came, or, when it is lost, that alone (R1, R41)", created)
	add(r, get, "/sales", everyone, s.listSales, "list-sales", "My sales: open interests and deals with their next planned interactions (R13)")
	add(r, get, "/agenda", everyone, s.listAgenda, "list-agenda", "My affairs: planned interactions and open appeals, in the order of time (R13, R41)")
	add(r, get, "/boards/{map}", everyone, s.getBoard, "get-board", "The open cases of a route map by stages, with counts and sums (R13, R31, R35)")
	add(r, get, "/boards/{map}/columns/{stage}", everyone, s.getBoardColumn, "get-board-column", "The cases of one column of a board, newest first")
	add(r, get, "/cases/{id}", everyone, s.getCase, "get-case", "A case, by id or number")
	add(r, patch, "/cases/{id}", workers, s.patchCase, "patch-case", "Change a case's own fields (R65)", to(partakes, whileOpen))
	add(r, get, "/cases/{id}/route", everyone, s.getRoute, "get-case-route", "The case on its route map (R33)")
	add(r, get, "/cases/{id}/route.svg", everyone, s.getRouteSVG, "get-case-route-svg", "The same as a picture", media("image/svg+xml"))
	add(r, get, "/cases/{id}/feed", everyone, s.getFeed, "get-case-feed", "What is planned, and below it the case's history; or its client's (R5, R6, R7)")
	add(r, get, "/cases/{id}/notifications", everyone, s.listNotifications, "list-case-notifications", "What was to be told to whom, and what became of it (R40)")
	add(r, get, "/cases/{id}/why", everyone, s.getWhy, "get-case-why", "What the case waits for, from whom, until when")
	add(r, get, "/cases/{id}/files", everyone, s.filesOn(crm.CardCase), "list-case-files", "Files of a case (R10)")
	add(r, post, "/cases/{id}/files", workers, s.createFileOn(crm.CardCase), "create-case-file", "Attach a file to a case, 25 MiB at most (R10)", to(sees), created, upload)
	add(r, get, "/clients/{id}/files", everyone, s.filesOn(crm.CardClient), "list-client-files", "Files of a client (R45)")
	add(r, post, "/clients/{id}/files", workers, s.createFileOn(crm.CardClient), "create-client-file", "Attach a file to a client (R45)", to(sees), created, upload)
	add(r, get, "/contacts/{id}/files", everyone, s.filesOn(crm.CardContact), "list-contact-files", "Files of a contact (R45)")
	add(r, post, "/contacts/{id}/files", workers, s.createFileOn(crm.CardContact), "create-contact-file", "Attach a file to a contact (R45)", to(sees), created, upload)
	add(r, get, "/interactions/{id}/files", everyone, s.filesOn(crm.CardInteraction), "list-interaction-files", "Files of an interaction (R1)")
	add(r, post, "/interactions/{id}/files", workers, s.createFileOn(crm.CardInteraction), "create-interaction-file", "Attach a file to an interaction (R1)", to(sees), created, upload)
	add(r, remove, "/files/{id}", workers, s.removeFile, "remove-file", "Take a file off its card; it can be put back", to(author))
	add(r, post, "/files/{id}/restore", workers, s.restoreFile, "restore-file", "Put a removed file back", to(author))
	add(r, get, "/cases/{id}/letters", everyone, s.listLetters, "list-case-letters", "Letters written from a case, oldest first (R63)")
	add(r, post, "/cases/{id}/letters", workers, s.createLetter, "create-case-letter", "Write an e-mail from a case, from one's own address (R63)", to(worksOn), created)
	add(r, post, "/cases/{id}/sms", workers, s.createSMS, "create-case-sms", "Write a text message from a case to a contact's mobile (R9, R42)", to(worksOn), created)
	add(r, get, "/cases/{id}/payments", everyone, s.listPayments, "list-case-payments", "Payments of a case (R11)")
	add(r, post, "/cases/{id}/payments", workers, s.createPayment, "create-case-payment", "Record a payment; a route that waits for it goes on (R11)", to(worksOn), created, mayTakeLonger)
	add(r, post, "/payments/{id}/withdraw", workers, s.withdrawPayment, "withdraw-payment", "Mark a payment that was recorded by mistake", to(worksOn))
	add(r, get, "/cases/{id}/participants", everyone, s.listParticipants, "list-participants", "Who takes part in a case, and as what (R30, R36)")
	add(r, post, "/cases/{id}/participants", workers, s.addParticipant, "add-participant", "Add a participant", to(partakes), created)
	add(r, remove, "/cases/{id}/participants/{participant}", workers, s.removeParticipant, "remove-participant", "Take a participant off a case", to(partakes))
	add(r, get, "/cases/{id}/tasks", everyone, s.listCaseTasks, "list-case-tasks", "All work on a case: its route's, assignments and personal tasks, what is done included (R12)")
	add(r, get, "/cases/{id}/comments", everyone, s.listComments, "list-comments", "Notes and comments on a case, oldest first (R10)")
	add(r, post, "/cases/{id}/comments", workers, s.createComment, "create-comment", "Write a note or a comment (R10, R42)", to(sees), created)
	add(r, patch, "/comments/{id}", workers, s.editComment, "edit-comment", "Edit one's own note or comment; what it said is kept", to(wrote))
	add(r, remove, "/comments/{id}", workers, s.removeComment, "remove-comment", "Take a note or a comment away; it can be put back", to(author))
	add(r, post, "/comments/{id}/restore", workers, s.restoreComment, "restore-comment", "Put a removed note or comment back", to(author))
	add(r, get, "/comments/{id}/versions", everyone, s.listCommentVersions, "list-comment-versions", "What a comment said before, oldest first")
	add(r, get, "/me/mentions", everyone, s.listMentions, "list-my-mentions", "Comments that name me, newest first")
	add(r, get, "/clients/{id}/owners", everyone, s.listClientOwners, "list-client-owners", "Who shares a client (R18)")
	add(r, get, "/reference-lists/{list}", everyone, s.listReferenceItems, "list-reference-items", "What there is to choose of a list: loss reasons, claim reasons, channels, purposes of appeals")
	add(r, put, "/reference-lists/{list}/{key}", designers, s.putReferenceItem, "put-reference-item", "Add an item to a list, or change it")

	r.section("Route of a case")
	add(r, post, "/cases/{id}/events", workers, s.postEvent, "post-case-event", "Tell of an outside event: a payment, a call, a document (R11)", to(worksOn, leftToRoute), remembers, mayTakeLonger)
	add(r, post, "/cases/{id}/retry", workers, s.retryCase, "retry-case", "Try a failed stage again", to(directs), remembers, mayTakeLonger)
	add(r, post, "/cases/{id}/cancel", workers, s.cancelCase, "cancel-case", "Cancel a case: it was opened by mistake", to(directs, whileOpen), remembers, mayTakeLonger)
	add(r, post, "/cases/{id}/reopen", workers, s.reopenCase, "reopen-case", "Open a closed case again, with a reason (R60)", to(heads, onceClosed), remembers, mayTakeLonger)
	add(r, post, "/cases/{id}/deadline", workers, s.moveCaseDeadline, "move-case-deadline", "Move the case's own deadline, with a reason (R65)", to(directs, whileLed), remembers, mayTakeLonger)
	add(r, post, "/cases/{id}/close", workers, s.closeCase, "close-case", "End a case with an outcome of the whole map, such as lost", to(directs, whileOpen), remembers, mayTakeLonger)
	add(r, post, "/deals/{id}/switch-to-manual", workers, s.switchToManual, "switch-deal-to-manual", "Take a deal off its process, for good (R34)", to(directs, whileLed), remembers, mayTakeLonger)
	add(r, post, "/deals/{id}/switch-to-process", workers, s.switchToProcess, "switch-deal-to-process", "Always refused: manual mode is final (R34)", to(sees, never))
	add(r, post, "/deals/{id}/move", workers, s.moveDeal, "move-deal", "Go to a stage of a manual deal, back or ahead (R31)", to(directs, whileManual), remembers, mayTakeLonger)
	add(r, post, "/deals/{id}/close", workers, s.closeDeal, "close-deal", "End a manual deal, won or lost (R30, R34)", to(directs, whileOpen), remembers, mayTakeLonger)
	add(r, get, "/commands/{id}", everyone, s.getCommand, "get-command", "What became of a command that was answered with 202")

	r.section("Tasks")
	add(r, get, "/tasks", everyone, s.listTasks, "list-tasks", "Tasks, due first, with the outcomes and forms to complete them")
	add(r, get, "/tasks/unattended", leaders, s.listUnattended, "list-unattended-tasks", "Open tasks that nobody would do now: in pools of which nobody is there, and on desks of absent people whom nobody covers")
	add(r, get, "/tasks/{id}", everyone, s.getTask, "get-task", "A task with its outcomes and forms")
	add(r, post, "/tasks/{id}/take", workers, s.takeTask, "take-task", "Take a task out of the pool of a role or a department", to(inPool, whileOpen))
	add(r, post, "/tasks/{id}/release", workers, s.releaseTask, "release-task", "Give a task back to the pool", to(took, onceTaken))
	add(r, post, "/tasks/{id}/delegate", workers, s.delegateTask, "delegate-task", "Address a task to somebody else", to(handsOver, whileOpen))
	add(r, post, "/tasks/{id}/deadline", workers, s.moveTaskDeadline, "move-task-deadline", "Move the deadline of a task of the route, with a reason (R65)", to(directs, whileOpen), remembers, mayTakeLonger)
	add(r, post, "/tasks/{id}/complete", workers, s.completeTask, "complete-task", "Complete a task with one of its outcomes (R52)", to(performs, whileOpen), remembers, mayTakeLonger)
	add(r, post, "/tasks", workers, s.createTask, "create-task", "Make a personal task, or give a colleague an assignment (R10)", created)
	add(r, patch, "/tasks/{id}", workers, s.patchTask, "patch-task", "Change one's own personal task or assignment", to(author, whileOpen))
	add(r, post, "/tasks/{id}/accept", workers, s.act(crm.TaskAccept), "accept-task", "Say that one will do an assignment", to(assigned, untilTaken))
	add(r, post, "/tasks/{id}/approve", workers, s.act(crm.TaskApprove), "approve-task", "Take what has been done of one's assignment as done", to(author, onceDone))
	add(r, post, "/tasks/{id}/return", workers, s.act(crm.TaskReturn), "return-task", "Give an assignment back for rework, with a reason", to(author, onceDone))
	add(r, post, "/tasks/{id}/reopen", workers, s.act(crm.TaskReopen), "reopen-task", "Open one's personal task or assignment again", to(author, onceClosed))
	add(r, post, "/tasks/{id}/cancel", workers, s.act(crm.TaskCancel), "cancel-task", "Cancel one's personal task or assignment", to(author, whileOpen))
	add(r, get, "/tasks/{id}/history", everyone, s.getTaskHistory, "get-task-history", "What became of a personal task or an assignment")

	r.section("Incidents")
	add(r, get, "/incidents", designers, s.listIncidents, "list-incidents", "What failed and waits for a person, of all cases, oldest first")

	add(r, get, "/clients/{id}/feed", everyone, s.getClientFeed, "get-client-feed", "What is planned with a client, and below it the whole history (R7)")
	r.section("Notifications")
	add(r, post, "/notifications/{id}/resend", workers, s.resendNotification, "resend-notification", "Send a failed or doubtful notification again", to(sees, unsent))
	add(r, get, "/templates", everyone, s.listTemplates, "list-templates", "Templates of e-mails and SMS, the newest versions (R39)")
	add(r, get, "/templates/{key}", everyone, s.getTemplate, "get-template", "A template in every language")
	add(r, get, "/templates/{key}/variables", everyone, s.listTemplateVariables, "list-template-variables", "What a template may show, besides the fields of a case (R39)")
	add(r, put, "/templates/{key}", designers, s.putTemplate, "put-template", "Write a new version of a template")
	add(r, remove, "/templates/{key}", designers, s.deleteTemplate, "delete-template", "Delete a company's own text in a language: the shipped one, if any, is sent again")
	add(r, post, "/templates/{key}/preview", designers, s.previewTemplate, "preview-template", "Show a template with values put in")

	r.section("Clients")
	add(r, get, "/clients", everyone, s.listClients, "list-clients", "Clients, by name")
	add(r, get, "/clients/stages", everyone, s.clientStages, "list-client-stages", "The register of clients by the stages of a route map (R16)")
	add(r, post, "/clients", workers, s.createClient, "create-client", "Add a client", created)
	add(r, get, "/clients/{id}", everyone, s.getClient, "get-client", "A client")
	add(r, patch, "/clients/{id}", workers, s.patchClient, "patch-client", "Change a client", to(sees))
	add(r, get, "/clients/{id}/duplicates", everyone, s.listDuplicates, "list-client-duplicates", "Clients that may be the same as this one")
	add(r, get, "/clients/{id}/history", everyone, s.clientHistory, "get-client-history", "What became of a client's card, oldest first (R65)")
	add(r, post, "/clients/{id}/legal-entities", workers, s.createLegalEntity, "create-legal-entity", "Add a legal entity to a client (R64)", to(sees), created)
	add(r, get, "/legal-entities/{id}", everyone, s.getLegalEntity, "get-legal-entity", "A legal entity")
	add(r, patch, "/legal-entities/{id}", workers, s.patchLegalEntity, "patch-legal-entity", "Change a legal entity, or make it the main one", to(sees))
	add(r, remove, "/legal-entities/{id}", workers, s.deleteLegalEntity, "delete-legal-entity", "Take a legal entity off its client", to(sees))
	add(r, get, "/search", everyone, s.search, "search", "Clients, contacts and cases by what is remembered of them")
	add(r, get, "/regions", everyone, s.listRegions, "list-regions", "Regions with their time zones (R8)")
	add(r, put, "/regions/{key}", designers, s.putRegion, "put-region", "Add or change a region")
	add(r, get, "/acquisition-sources", everyone, s.listSources, "list-acquisition-sources", "How clients learn of the company (R44)")
	add(r, put, "/acquisition-sources/{key}", designers, s.putSource, "put-acquisition-source", "Add or change an acquisition source")
	add(r, post, "/clients/{id}/merge", workers, s.mergeClients, "merge-clients", "Take another client's card in: both are one", to(sees))
	add(r, post, "/clients/{id}/unmerge", workers, s.unmergeClient, "unmerge-client", "Undo the merge of a client into another: what was moved goes back", to(sees))
	add(r, post, "/contacts/{id}/merge", workers, s.mergeContacts, "merge-contacts", "Take another contact's card in: both are one", to(sees))
	add(r, post, "/contacts/{id}/unmerge", workers, s.unmergeContact, "unmerge-contact", "Undo the merge of a contact into another", to(sees))
	add(r, get, "/clients/export", exporters, s.exportClients, "export-clients", "The clients of a list as CSV or XLSX", media("text/csv"))
	add(r, get, "/contacts/export", exporters, s.exportContacts, "export-contacts", "The contacts of a list as CSV or XLSX", media("text/csv"))
	add(r, post, "/imports", workers, s.createImport, "create-import", "Read a table of clients or contacts out of CSV or XLSX, 10 MiB at most", created, upload)
	add(r, get, "/imports", workers, s.listImports, "list-imports", "Imports, the newest first: whose they are, where they stand, what became of their rows")
	add(r, get, "/imports/{id}", workers, s.getImport, "get-import", "An import: how its columns are mapped, how far it is")
	add(r, put, "/imports/{id}/mapping", workers, s.mapImport, "map-import", "Say where the columns of a table go", to(sees))
	add(r, get, "/imports/{id}/rows", workers, s.listImportRows, "list-import-rows", "Rows of a table: before the import what is wrong with them, afterwards what became of them")
	add(r, post, "/imports/{id}/run", workers, s.runImport, "run-import", "Import the rows, or go on with those that are left", to(sees))
	add(r, post, "/imports/{id}/stop", workers, s.stopImport, "stop-import", "Leave the rows that are left as they are", to(sees))
	add(r, get, "/attributes", everyone, s.listAttributes, "list-attributes", "Own attributes of clients, contacts and cases (R45)")
	add(r, put, "/attributes/{subject}/{key}", leaders, s.putAttribute, "put-attribute", "Add an own attribute, or change it (R45)")
	add(r, get, "/contacts", everyone, s.listContacts, "list-contacts", "Contacts of clients, by name")
	add(r, post, "/contacts", workers, s.createContact, "create-contact", "Add a contact of a client (R44)", created)
	add(r, get, "/contacts/{id}", everyone, s.getContact, "get-contact", "A contact")
	add(r, get, "/contacts/{id}/duplicates", everyone, s.listContactDuplicates, "list-contact-duplicates", "Contacts of the same client that may be the same person")
	add(r, get, "/contacts/{id}/history", everyone, s.contactHistory, "get-contact-history", "What became of a contact's card, oldest first (R65)")
	add(r, patch, "/contacts/{id}", workers, s.patchContact, "patch-contact", "Change a contact", to(sees))
	add(r, get, "/interactions", everyone, s.listInteractions, "list-interactions", "Interactions, in the order of their times (R47)")
	add(r, post, "/interactions", workers, s.createInteraction, "create-interaction", "Record or plan an interaction (R3, R46)", created)
	add(r, post, "/interactions/bulk", workers, s.changeInteractions, "change-interactions", "Set the responsible or “reviewed” of up to 200 interactions (R27, R28)")
	add(r, get, "/interactions/{id}", everyone, s.getInteraction, "get-interaction", "An interaction")
	add(r, patch, "/interactions/{id}", workers, s.patchInteraction, "patch-interaction", "Change, complete, cancel or restore an interaction (R4)", to(sees))
	add(r, post, "/interactions/{id}/contact", workers, s.createFromInteraction, "create-from-interaction", "Make a client or a contact of somebody met in an interaction, which is filled in from it (R29)", to(sees))
	add(r, get, "/files/{id}", everyone, s.getFile, "get-file", "The content of a file", media("application/octet-stream"))

	r.section("Settings")
	add(r, get, "/settings", everyone, s.getSettings, "get-settings", "What the company keeps: the blocks interactions, deals and claims (R22)")
	add(r, put, "/settings", deciders, s.putSettings, "put-settings", "Switch blocks off and on for the whole company (R22)")

	r.section("Audit")
	add(r, get, "/audit", auditors, s.listAudit, "list-audit", "Who has changed what, when and from where, newest first")
	add(r, get, "/cases/{id}/story", auditors, s.getStory, "get-case-story", "Everything that is recorded of a case, with the audit of it")
	add(r, get, "/cases/{id}/story.txt", auditors, s.getStoryText, "get-case-story-text", "The audit of a case to be read", media("text/plain"))
	add(r, get, "/clients/{id}/personal-data", leaders, s.getPersonalData, "get-client-personal-data", "Everything that is held on a client, as a ZIP of JSON and files", media("application/zip"))
	add(r, post, "/clients/{id}/erase", admins, s.eraseClient, "erase-client", "Take away for good everything that is personal to a client", to(sees, casesClosed))

	r.section("Route maps")
	add(r, get, "/route-maps", everyone, s.listRouteMaps, "list-route-maps", "Route maps with their newest versions")
	add(r, post, "/route-maps", designers, s.publishRouteMap, "publish-route-map", "Publish a route map: a new version, unless nothing changed (R15, R53)", created)
	add(r, post, "/route-maps/lint", designers, s.lintRouteMap, "lint-route-map", "Check a route map without publishing it")
	add(r, post, "/route-maps/test", designers, s.testRouteMap, "test-route-map", "Run the tests of a route map")
	add(r, post, "/route-maps/dry-run", designers, s.dryRun, "dry-run-route-map", "Let a case go its way on a route map without being one: nothing is kept, sent or waited for")
	add(r, get, "/route-maps/{id}", everyone, s.getRouteMap, "get-route-map", "A route map, its newest version")
	add(r, patch, "/route-maps/{id}", designers, s.patchRouteMap, "patch-route-map", "Change who may choose a route map for new cases (R38)")
	add(r, get, "/route-maps/{id}/cases", everyone, s.listMapCases, "list-route-map-cases", "How many open cases stand at which stages of which versions")
	add(r, get, "/route-maps/{id}/tests", everyone, s.getMapTests, "get-route-map-tests", "The tests of a route map: the company's own, those that come with the program, or none yet (R53)")
	add(r, put, "/route-maps/{id}/tests", designers, s.putMapTests, "put-route-map-tests", "Write the tests of a route map (R53)")
	add(r, remove, "/route-maps/{id}/tests", designers, s.deleteMapTests, "delete-route-map-tests", "Delete the company's own tests of a route map: the shipped ones, if any, are back")
	add(r, get, "/route-maps/{id}/versions", everyone, s.listRouteMapVersions, "list-route-map-versions", "Published versions of a route map")
	add(r, get, "/route-maps/{id}/versions/{version}", everyone, s.getRouteMapVersion, "get-route-map-version", "A published version with its text")

	r.section("Business calendars")
	add(r, get, "/calendars", everyone, s.listCalendars, "list-calendars", "Business calendars in force, shipped and own (R43)")
	add(r, get, "/calendars/{id}", everyone, s.getCalendar, "get-calendar", "A business calendar")
	add(r, get, "/calendars/{id}/versions", everyone, s.listCalendarVersions, "list-calendar-versions", "What a calendar said before, newest first")
	add(r, put, "/calendars/{id}", leaders, s.putCalendar, "put-calendar", "Write a new version of a calendar; open deadlines are counted anew (R43)")
	add(r, remove, "/calendars/{id}", leaders, s.deleteCalendar, "delete-calendar", "Delete a company's own calendar: a shipped one of its id counts again, and open deadlines are counted anew (R43)")

	r.section("Reports")
	const asFile = "The same as a spreadsheet"
	const behind = "The cases behind a figure of it, newest first"
	add(r, get, "/reports/funnel", everyone, s.funnel, "get-funnel", "Sales funnel: what became of the cases that came to a map's stages (R14, R35)")
	add(r, get, "/reports/funnel.xlsx", exporters, asSheet("funnel", s.funnel, funnelSheet), "get-funnel-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/funnel/cases", everyone, s.funnelCases, "list-funnel-cases", behind)
	add(r, get, "/reports/outcomes", everyone, s.outcomes, "get-outcomes", "Outcomes taken at a map's stages (R20)")
	add(r, get, "/reports/outcomes.xlsx", exporters, asSheet("outcomes", s.outcomes, outcomesSheet), "get-outcomes-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/outcomes/cases", everyone, s.outcomeCases, "list-outcome-cases", behind)
	add(r, get, "/reports/potential", everyone, s.potential, "get-potential", "What open deals and interests may bring, and how probable that is (R30)")
	add(r, get, "/reports/potential.xlsx", exporters, asSheet("potential", s.potential, potentialSheet), "get-potential-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/potential/cases", everyone, s.potentialCases, "list-potential-cases", behind)
	add(r, get, "/reports/control/cases", everyone, s.controlCases, "list-control-cases", behind)
	add(r, get, "/reports/control/tasks", everyone, s.controlTasks, "list-control-tasks", "The tasks behind a figure of it, due first")
	add(r, get, "/reports/losses/cases", everyone, s.lossCases, "list-loss-cases", behind)
	add(r, get, "/reports/claims/cases", everyone, s.claimCases, "list-claims-report-cases", behind)
	add(r, get, "/reports/channels/cases", everyone, s.channelCases, "list-channel-cases", behind)
	add(r, get, "/reports/channels/clients", everyone, s.channelClients, "list-channel-clients", "The clients behind a figure of it, by name")
	add(r, get, "/reports/communication/interactions", everyone, s.communicationItems, "list-communication-interactions", "The interactions behind a figure of it, in the order of time")
	add(r, get, "/reports/demand/cases", everyone, s.demandCases, "list-demand-cases", behind)
	add(r, get, "/reports/standards/cases", everyone, s.standardCases, "list-standard-cases", behind)
	add(r, get, "/reports/control", everyone, s.control, "get-control", "What managers have on their hands now (R14)")
	add(r, get, "/reports/control.xlsx", exporters, asSheet("control", s.control, controlSheet), "get-control-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/losses", everyone, s.losses, "get-losses", "Lost deals and interests by reason and competitor, and requests lost at acceptance (R30, R41)")
	add(r, get, "/reports/losses.xlsx", exporters, asSheet("losses", s.losses, lossesSheet), "get-losses-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/claims", everyone, s.claims, "get-claims-report", "Claims by reason and by whose fault they were (R36)")
	add(r, get, "/reports/claims.xlsx", exporters, asSheet("claims", s.claims, claimsSheet), "get-claims-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/channels", everyone, s.channels, "get-channels", "Cases, clients and won deals by channel and source (R30)")
	add(r, get, "/reports/channels.xlsx", exporters, asSheet("channels", s.channels, channelsSheet), "get-channels-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/communication", everyone, s.communication, "get-communication", "Calls, letters and meetings, by kind, direction and time (R47)")
	add(r, get, "/reports/communication.xlsx", exporters, asSheet("communication", s.communication, communicationSheet), "get-communication-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/demand", everyone, s.demand, "get-demand", "What clients asked for in the first place (R30)")
	add(r, get, "/reports/demand.xlsx", exporters, asSheet("demand", s.demand, demandSheet), "get-demand-sheet", asFile, media(sheets.MediaType))
	add(r, get, "/reports/standards", everyone, s.standards, "get-standards", "Appeals' work against its time limits (R43)")
	add(r, get, "/reports/standards.xlsx", exporters, asSheet("standards", s.standards, standardsSheet), "get-standards-sheet", asFile, media(sheets.MediaType))

	r.section("People")
	add(r, get, "/users", everyone, s.listUsers, "list-users", "Users")
	add(r, post, "/users", admins, s.createUser, "create-user", "Add a user", created, secret)
	add(r, get, "/users/{id}", everyone, s.getUser, "get-user", "A user")
	add(r, patch, "/users/{id}", admins, s.patchUser, "patch-user", "Change a user, or end his account (R61)")
	add(r, get, "/users/{id}/identities", admins, s.listIdentities, "list-user-identities", "What a user signs in with at OpenID Connect providers")
	add(r, post, "/users/{id}/identities", admins, s.linkIdentity, "link-user-identity", "Let a user sign in with an identity of an OpenID Connect provider", created)
	add(r, remove, "/users/{id}/identities/{identity}", admins, s.unlinkIdentity, "unlink-user-identity", "Keep a user from signing in with an identity; his sessions end")
	add(r, get, "/users/{id}/sessions", admins, s.listUserSessions, "list-user-sessions", "Where a user is signed in, and when he was last there")
	add(r, remove, "/users/{id}/sessions", admins, s.endUserSessions, "end-user-sessions", "Sign a user out everywhere")
	add(r, remove, "/users/{id}/sessions/{session}", admins, s.endUserSession, "end-user-session", "End a session of a user")
	add(r, get, "/users/{id}/tokens", admins, s.listUserTokens, "list-user-tokens", "A user's tokens for programs")
	add(r, remove, "/users/{id}/tokens/{token}", admins, s.revokeUserToken, "revoke-user-token", "End a token of a user")
	add(r, get, "/users/{id}/open-work", leaders, s.getOpenWork, "get-open-work", "What a user has that somebody would have to go on with (R61)")
	add(r, post, "/users/{id}/handover", leaders, s.handOver, "hand-over", "Hand over what a leaver has, to one colleague or several (R61)")
	add(r, get, "/roles", everyone, s.listRoles, "list-roles", "Roles, with the rights they give and whose records their people see (R15)")
	add(r, get, "/roles/{key}", everyone, s.getRole, "get-role", "A role")
	add(r, put, "/roles/{key}", admins, s.putRole, "put-role", "Add a role, or change what it gives")
	add(r, remove, "/roles/{key}", admins, s.deleteRole, "delete-role", "Delete a company's own role that nobody has")
	add(r, get, "/absences", everyone, s.listAbsences, "list-absences", "Who is or will be absent, the first back first")
	add(r, post, "/absences", workers, s.createAbsence, "create-absence", "Plan an absence, one's own or that of somebody one heads", created)
	add(r, get, "/absences/{id}", everyone, s.getAbsence, "get-absence", "An absence")
	add(r, patch, "/absences/{id}", workers, s.patchAbsence, "patch-absence", "Change an absence that is not over", to(heOrHead, untilOver))
	add(r, remove, "/absences/{id}", workers, s.endAbsence, "end-absence", "End an absence now, or cancel it before it begins", to(heOrHead, untilOver))
	add(r, get, "/offices", everyone, s.listOffices, "list-offices", "Offices (R38)")
	add(r, post, "/offices", admins, s.createOffice, "create-office", "Add an office", created)
	add(r, get, "/offices/{id}", everyone, s.getOffice, "get-office", "An office")
	add(r, patch, "/offices/{id}", admins, s.patchOffice, "patch-office", "Change an office, or put it out of use")
	add(r, get, "/departments", everyone, s.listDepartments, "list-departments", "Departments, a tree by parent_id")
	add(r, post, "/departments", admins, s.createDepartment, "create-department", "Add a department", created)
	add(r, get, "/departments/{id}", everyone, s.getDepartment, "get-department", "A department")
	add(r, patch, "/departments/{id}", admins, s.patchDepartment, "patch-department", "Change a department, move it in the tree, or put it out of use")

	r.section("Mailboxes")
	add(r, get, "/mailboxes", admins, s.listMailboxes, "list-mailboxes", "Addresses that the company writes from, the default one first")
	add(r, post, "/mailboxes", admins, s.createMailbox, "create-mailbox", "Add a mailbox", created)
	add(r, get, "/mailboxes/{id}", admins, s.getMailbox, "get-mailbox", "A mailbox")
	add(r, patch, "/mailboxes/{id}", admins, s.patchMailbox, "patch-mailbox", "Change a mailbox, make it the default one, or switch it off and on")
	add(r, remove, "/mailboxes/{id}", admins, s.deleteMailbox, "delete-mailbox", "Delete a mailbox; what waits goes from where it then goes")
	add(r, post, "/mailboxes/{id}/test", admins, s.testMailbox, "test-mailbox", "Send a test letter from a mailbox, and tell what the mail server said")

	r.section("Webhooks")
	add(r, get, "/webhooks", admins, s.listWebhooks, "list-webhooks", "Other systems that are told of what happens to cases")
	add(r, post, "/webhooks", admins, s.createWebhook, "create-webhook", "Let another system be told; its secret is shown this once", created, secret)
	add(r, get, "/webhooks/{id}", admins, s.getWebhook, "get-webhook", "A webhook")
	add(r, patch, "/webhooks/{id}", admins, s.patchWebhook, "patch-webhook", "Change a webhook, or switch it off and on")
	add(r, remove, "/webhooks/{id}", admins, s.deleteWebhook, "delete-webhook", "Delete a webhook with its deliveries")
	add(r, post, "/webhooks/{id}/secret", admins, s.renewWebhookSecret, "renew-webhook-secret", "Give a webhook another secret, shown this once; the one before counts no more", secret)
	add(r, post, "/webhooks/{id}/test", admins, s.testWebhook, "test-webhook", "Call a webhook with a test, even one that is switched off", created)
	add(r, get, "/webhooks/{id}/deliveries", admins, s.listWebhookDeliveries, "list-webhook-deliveries", "What a webhook was or is to be told, and what became of it, newest first")
	add(r, get, "/webhooks/{id}/deliveries/{delivery}", admins, s.getWebhookDelivery, "get-webhook-delivery", "A delivery of a webhook")
	add(r, post, "/webhooks/{id}/deliveries/{delivery}/retry", admins, s.retryWebhookDelivery, "retry-webhook-delivery", "Try a delivery again at once")
}

// paths says what the ids are that paths of the API name after their first word: whether those records are hidden from whoever may
// not see them, or anybody's who is signed in. A path with an id whose first word is missing here fails a test: say here what it
// names, and, when it is hidden, teach postgres.Hidden to find its records.
var paths = map[string]naming{
	"cases": hidden, "deals": hidden, "clients": hidden, "contacts": hidden, "legal-entities": hidden, "interactions": hidden, "tasks": hidden,
	"files": hidden, "comments": hidden, "payments": hidden, "notifications": hidden, "commands": hidden, "imports": hidden,
	"me":    own,
	"users": open, "absences": open, "roles": open, "offices": open, "departments": open, "boards": open, "reference-lists": open, "regions": open, "acquisition-sources": open,
	"attributes": open, "calendars": open, "route-maps": open, "templates": open, "webhooks": open, "mailboxes": open,
}

// naming is what an id of a path is of.
type naming string

const (
	hidden naming = "a record that not everybody may see"
	own    naming = "something of the user's own, found with his id only"
	open   naming = "a setting or a colleague, known to everybody signed in"
)

// addPages is what is not the API: its description, the explorer, health and metrics.
func (s *Server) addPages(pages *gin.RouterGroup, api huma.API) {
	s.spec = sync.OnceValues(func() (*specification, error) { return describe(api) })
	s.page(pages, "/", s.workplace.page)
	s.page(pages, "/assets/:file", s.workplace.file)
	s.page(pages, "/style.css", pageFile("style.css", mediaTypes[".css"]))
	s.page(pages, "/favicon.ico", pageFile("favicon.svg", "image/svg+xml"))
	s.page(pages, "/openapi.yaml", s.specification("application/openapi+yaml", func(spec *specification) []byte { return spec.yamlText }))
	s.page(pages, "/openapi.json", s.specification("application/openapi+json", func(spec *specification) []byte { return spec.jsonText }))
	s.page(pages, "/docs", explorer)
	s.page(pages, "/docs/:file", explorerFile)
	s.page(pages, "/problems", s.problemsPage)
	s.page(pages, "/livez", livez)
	s.page(pages, "/readyz", s.readyz)
	s.page(pages, "/metrics", s.exposition())
}

// route is what the middleware has to know of a route.
type route struct {
	who       access
	file      bool // its body is a file
	remembers bool // it keeps Idempotency-Keys by itself
	streams   bool // its answer goes on and on
	// body describes what is sent as JSON; nil: nothing is.
	body   *huma.Schema
	secret bool // what is sent or answered is not kept: a repetition finds the record that its key has made
	to     relation
	when   []state
}

// routeOf names the route of a request, as in Server.routes.
func routeOf(c *gin.Context) string { return c.Request.Method + " " + c.FullPath() }

// option changes how a route is described and treated.
type option func(*huma.Operation, *route)

func created(o *huma.Operation, _ *route) { o.DefaultStatus = http.StatusCreated }

func redirects(o *huma.Operation, _ *route) {
	o.DefaultStatus = http.StatusFound
	o.Responses["302"] = &huma.Response{Description: "Found", Headers: map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: huma.TypeString}}}}
}

// addedTo takes parameters that nobody has announced: providers add some (scope, session_state, iss), and a client ignores those that
// it does not know (RFC 6749, 4.1.2).
func addedTo(o *huma.Operation, _ *route) { o.SkipValidateParams = true }

func remembers(_ *huma.Operation, r *route) { r.remembers = true }

func secret(_ *huma.Operation, r *route) { r.secret = true }

func endless(_ *huma.Operation, r *route) { r.streams = true }

func upload(o *huma.Operation, r *route) {
	r.file = true
	o.SkipValidateBody = true // a form is read by its handler; the schema is for readers of the description
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"file"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "The file, with its name"}},
		}},
	}}
}

// media says what a route answers with when it is not JSON.
func media(kind string) option {
	return func(o *huma.Operation, _ *route) {
		o.Responses["200"] = &huma.Response{
			Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}
	}
}

// withoutKey leaves the Idempotency-Key out of the description.
func withoutKey(o *huma.Operation, _ *route) { o.Parameters = nil }

// mayTakeLonger describes the answer of a command that is not decided within 5 seconds.
func mayTakeLonger(o *huma.Operation, _ *route) {
	o.Responses["202"] = &huma.Response{Description: "Not decided yet; ask at Location (GET /commands/{id})"}
}

// router collects the routes of the API.
type router struct {
	server *Server
	api    huma.API
	tag    string
}

// section begins a part of the list, under a heading in the API's description.
func (r *router) section(name string) {
	r.tag = name
	r.api.OpenAPI().Tags = append(r.api.OpenAPI().Tags, &huma.Tag{Name: name})
}

// add registers a route. Its handler's errors become problem documents in the caller's language.
func add[I, O any](
	r *router, method, path string, who access, handle func(context.Context, *I) (*O, error), id, summary string, options ...option,
) {
	operation := huma.Operation{
		OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{r.tag},
		MaxBodyBytes:    -1, // readBody has read it within the limits
		BodyReadTimeout: -1, // a deadline left on the connection would end the request when it passes
	}
	problem := r.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	operation.Responses = map[string]*huma.Response{"default": {
		Description: "A problem", Content: map[string]*huma.MediaType{problemType: {Schema: problem}},
	}}
	if who == public {
		operation.Security = []map[string][]string{}
	}
	if method == post {
		operation.Parameters = []*huma.Param{{Ref: "#/components/parameters/IdempotencyKey"}}
	}
	known := route{who: who}
	for _, o := range options {
		o(&operation, &known)
	}
	operation.Description = known.describe()
	huma.Register(r.api, operation, func(ctx context.Context, in *I) (*O, error) {
		out, err := inItsTurn(ctx, in, method, handle)
		if err == nil && who == exporters {
			// Without its trace in the audit a list does not leave.
			err = r.server.services.Audit.RecordEvent(ctx, crm.AuditEvent{Table: "exports", Action: id})
		}
		if err != nil {
			return nil, r.server.answerError(ctx, err)
		}
		return out, nil
	})
	known.body = r.bodyOf(method, operation.Path)
	r.server.withoutNullLists(known.body, map[*huma.Schema]bool{})
	r.server.routes[method+" "+ginPattern(operation.Path)] = known
}

// bodyOf is the schema of the JSON that a registered route takes; nil: none.
func (r *router) bodyOf(method, path string) *huma.Schema {
	item := r.api.OpenAPI().Paths[path]
	operation := map[string]*huma.Operation{post: item.Post, patch: item.Patch, put: item.Put}[method]
	if operation == nil || operation.RequestBody == nil || operation.RequestBody.Content["application/json"] == nil {
		return nil
	}
	return operation.RequestBody.Content["application/json"].Schema
}

// page registers a route that is no part of the API. It is for anyone: it shows nothing of a case.
func (s *Server) page(pages *gin.RouterGroup, path string, handle gin.HandlerFunc) {
	s.routes[get+" "+path] = route{who: public}
	pages.GET(path, handle)
}

// ginPattern writes {id} as :id.
func ginPattern(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
