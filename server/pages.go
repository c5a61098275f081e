package server

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"marshrut/crm"
)

//go:embed pages/*.html pages/*.css pages/*.svg
var pageFiles embed.FS

//go:embed explorer/*.html explorer/*.js explorer/*.css explorer/*.txt
var explorerFiles embed.FS

// templates are the few pages that the server makes by itself.
var templates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

type problemRow struct {
	Code   string
	EN, RU message
}

func (s *Server) problemsPage(c *gin.Context) {
	rows := make([]problemRow, 0, len(s.texts[crm.EN]))
	for _, code := range s.texts.codes() {
		rows = append(rows, problemRow{Code: code, EN: s.texts[crm.EN][code], RU: s.texts[crm.RU][code]})
	}
	s.html(c, "problems.html", rows)
}

// pageFile serves one of the pages' files.
func pageFile(name, mediaType string) gin.HandlerFunc {
	return func(c *gin.Context) {
		content, err := pageFiles.ReadFile("pages/" + name)
		if err != nil {
			callOf(c.Request.Context()).server.abort(c, fmt.Errorf("read a file of the pages: %w", err))
			return
		}
		c.Data(http.StatusOK, mediaType, content)
	}
}

func (s *Server) html(c *gin.Context, name string, data any) {
	var page strings.Builder
	if err := templates.ExecuteTemplate(&page, name, data); err != nil {
		s.abort(c, fmt.Errorf("make the page %s: %w", name, err))
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(page.String()))
}

// explorerCSP lets the explorer be what it is: it sets styles from its script and shows pictures made on the spot. It
// loads and calls nothing outside.
const explorerCSP = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func explorer(c *gin.Context) {
	c.Header("Content-Security-Policy", explorerCSP)
	serveFile(c, "explorer/index.html")
}

func explorerFile(c *gin.Context) {
	c.Header("Cache-Control", "max-age=3600")
	serveFile(c, path.Join("explorer", path.Base(c.Param("file"))))
}

func serveFile(c *gin.Context, name string) {
	content, err := explorerFiles.ReadFile(name)
	if err != nil {
		s := callOf(c.Request.Context()).server
		s.abort(c, failed(http.StatusNotFound, "unknown_route"))
		return
	}
	c.Data(http.StatusOK, mediaTypes[path.Ext(name)], content)
}

// mediaTypes are the types of the files that pages load.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".txt": "text/plain; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}

// specification is the OpenAPI contract in both forms.
type specification struct{ yamlText, jsonText []byte }

func describe(api huma.API) (*specification, error) {
	yaml, err := api.OpenAPI().YAML()
	if err != nil {
		return nil, fmt.Errorf("write the API's description: %w", err)
	}
	text, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the API's description: %w", err)
	}
	return &specification{yamlText: yaml, jsonText: text}, nil
}

// specification serves the contract in one of its forms.
func (s *Server) specification(mediaType string, form func(*specification) []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		spec, err := s.spec()
		if err != nil {
			s.abort(c, err)
			return
		}
		c.Data(http.StatusOK, mediaType, form(spec))
	}
}

// Contract is the API's OpenAPI 3.1 description, in YAML, as a server of that version serves it.
func Contract(version string) ([]byte, error) {
	s, err := New(Config{Log: slog.New(slog.DiscardHandler), Version: version}, Services{})
	if err != nil {
		return nil, err
	}
	spec, err := s.spec()
	if err != nil {
		return nil, err
	}
	return spec.yamlText, nil
}

// description is what is said of the API as a whole.
func (s *Server) description() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Marshrut", Version: s.config.Version,
			Description: "Appeals, deals, interests and claims on route maps. Errors are problem documents (RFC 9457) whose codes are listed at " +
				"[/problems](/problems), in the language of the user or of Accept-Language (ru, en). Lists answer {items, next}: pass next as after. " +
				"Records carry ETags; a change needs If-Match. Repeat a POST with the same Idempotency-Key and it is done once.",
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "The token of POST /sessions"},
				"cookie": {Type: "apiKey", In: "cookie", Name: cookieName},
			},
			Parameters: map[string]*huma.Param{
				"IdempotencyKey": {
					Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
					Description: "Any text of up to 200 characters: the same request with the same key is done once and answered the same.",
				},
			},
		},
		Security: []map[string][]string{{"bearer": {}}, {"cookie": {}}},
	}
}

// healthTimeout is how long one thing the program needs may take to answer.
const healthTimeout = 2 * time.Second

// livez says that the process answers; it asks nothing else, so that a broken database does not get the process killed.
func livez(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) }

// readyz says whether requests can be served, and if not, what is missing.
func (s *Server) readyz(c *gin.Context) {
	checks := s.services.Health
	results := make([]string, len(checks))
	ctx, cancel := context.WithTimeout(c.Request.Context(), healthTimeout)
	defer cancel()
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() {
			results[i] = "ok"
			if err := check.Check(ctx); err != nil {
				results[i] = "unavailable"
				s.logFailure(c.Request.Context(), fmt.Errorf("check %s: %w", check.Name, err))
			}
		})
	}
	all.Wait()
	status, parts := http.StatusOK, gin.H{}
	for i, check := range checks {
		parts[check.Name] = results[i]
		if results[i] != "ok" {
			status = http.StatusServiceUnavailable
		}
	}
	word := map[bool]string{true: "ok", false: "unavailable"}[status == http.StatusOK]
	c.JSON(status, gin.H{"status": word, "checks": parts})
}

// exposition is the page that Prometheus reads.
func (s *Server) exposition() gin.HandlerFunc {
	if s.config.Metrics == nil {
		return func(c *gin.Context) { s.abort(c, failed(http.StatusNotFound, "unknown_route")) }
	}
	return gin.WrapH(promhttp.HandlerFor(s.config.Metrics, promhttp.HandlerOpts{}))
}
