package e2e

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A client told of through real programs is in no dump of any database after it was erased, those of Temporal with all histories
// among them; and the audit is still whole.
func TestAnErasedClientIsInNoDumpAndTheAuditHolds(t *testing.T) {
	t.Parallel()
	marks := []string{"zx81client", "zx81mail", "zx81topic", "zx81answer", "zx81reason", "zx81note", "zx81manual"}
	appeal := as(manager).post(t, "/appeals", object{
		"client": object{"name": marks[0], "email": marks[1] + "@" + privateDomain}, "topic": marks[2], "source": "site",
	})
	handed := as(dispatcher).complete(t, appeal.task(t, "classification"), "hand-over", object{"purpose": "complaint", "performer": as(manager).id})
	as(manager).post(t, "/cases/"+appeal.Case.ID+"/comments", object{"kind": "note", "text": marks[5]})
	as(manager).complete(t, handed.task(t, "processing"), "declined", object{"reason": marks[4], "answer": marks[3]})
	deal := as(manager).post(t, "/deals", object{"client_id": appeal.Case.ClientID, "topic": marks[2], "source": "site", "kind": "process"})
	as(manager).post(t, "/deals/"+deal.Case.ID+"/switch-to-manual", object{"reason": marks[6]})
	erase := object{"reason": "request", "confirmation": marks[0]}
	as(admin).refused(t, http.StatusConflict, "client_has_open_cases", "/clients/"+appeal.Case.ClientID+"/erase", erase)
	as(manager).post(t, "/deals/"+deal.Case.ID+"/close", object{"result": "lost", "reason": "price"})
	completed(t, appeal.Case.WorkflowID)
	completed(t, deal.Case.WorkflowID)
	require.ElementsMatch(t, marks, marked(dumps(t), marks), "all of it is there before")

	as(admin).call(t, http.MethodPost, "/clients/"+appeal.Case.ClientID+"/erase", erase).into(t, http.StatusOK, &struct{}{})
	require.Empty(t, marked(dumps(t), marks))
	for _, id := range []string{appeal.Case.WorkflowID, deal.Case.WorkflowID} {
		for _, history := range runs(t, id) {
			require.Empty(t, marked([]byte(history.String()), marks))
		}
	}

	out, err := system.marshrut(t.Context(), "", "erasures", "list")
	require.NoError(t, err, out)
	require.Contains(t, out, appeal.Case.ClientID)
	var erased strings.Builder
	for line := range strings.Lines(out) {
		if strings.Contains(line, `"client_id"`) { // not what the program has logged
			erased.WriteString(line)
		}
	}
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	require.NoError(t, os.WriteFile(list, []byte(erased.String()), 0o600))
	out, err = system.marshrut(t.Context(), "", "erasures", "repeat", list, "--by", admin)
	require.NoError(t, err, out)
	require.Contains(t, out, "0 clients erased again, 0 left")
	out, err = system.marshrut(t.Context(), "", "audit", "rewrap")
	require.NoError(t, err, out)
	require.Contains(t, out, "0 keys wrapped anew")

	out, err = system.marshrut(t.Context(), "", "audit", "export")
	require.NoError(t, err, out)
	out, err = system.marshrut(t.Context(), "", "audit", "verify")
	require.NoError(t, err, out)
	require.Contains(t, out, " 0 problems")
}

// dumps are what pg_dump writes of all databases, Temporal's too.
func dumps(t *testing.T) []byte {
	t.Helper()
	var bin string
	require.NoError(t, system.db.QueryRow(t.Context(), "select setting from pg_config where name = 'BINDIR'").Scan(&bin))
	rows, err := system.db.Query(t.Context(), "select datname from pg_database where not datistemplate")
	require.NoError(t, err)
	defer rows.Close()
	var all bytes.Buffer
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		address, err := url.Parse(system.env["DATABASE_URL"])
		require.NoError(t, err)
		address.Path = "/" + name
		text, err := exec.CommandContext(t.Context(), filepath.Join(bin, "pg_dump"), "--dbname", address.String()).Output()
		require.NoError(t, err, name)
		all.Write(text)
	}
	require.NoError(t, rows.Err())
	return all.Bytes()
}

// marked are the marks in a text, also as Postgres writes bytes.
func marked(text []byte, marks []string) []string {
	text = bytes.ToLower(text)
	var found []string
	for _, mark := range marks {
		if bytes.Contains(text, []byte(mark)) || bytes.Contains(text, []byte(hex.EncodeToString([]byte(mark)))) {
			found = append(found, mark)
		}
	}
	return found
}
