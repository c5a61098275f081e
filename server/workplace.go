package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"marshrut/web"
)

// About is what an installation says of itself to whoever opens its page; what is empty is left out.
type About struct {
	TemporalUI string // address of Temporal UI
	Namespace  string // where the workflows are there
	Mailbox    string // address of the mailbox of this machine, which takes all mail
	Demo       *Demo  // nil: not an installation to try things out on
}

// Demo are the users of an installation to try things out on; they all have the same password.
type Demo struct {
	Logins   []string `json:"logins"`
	Password string   `json:"password"`
}

type aboutOutput struct {
	Body struct {
		Version    string `json:"version" doc:"Of the program"`
		TemporalUI string `json:"temporal_ui,omitempty" doc:"Address of Temporal UI"`
		Namespace  string `json:"temporal_namespace,omitempty" doc:"Namespace of the workflows there"`
		Mailbox    string `json:"mailbox,omitempty" doc:"Address of the mailbox of this machine, which takes all mail"`
		Demo       *Demo  `json:"demo,omitempty" doc:"Users to try things out with; only of an installation made for that"`
	}
}

func (s *Server) about(context.Context, *struct{}) (*aboutOutput, error) {
	out := &aboutOutput{}
	about := s.config.About
	out.Body.Version, out.Body.TemporalUI, out.Body.Namespace, out.Body.Mailbox, out.Body.Demo = s.config.Version, about.TemporalUI, about.Namespace, about.Mailbox, about.Demo
	return out, nil
}

// noncePlace is where the built page expects the nonce of its styles: it puts some in while it runs, and the policy lets in only
// those that carry it.
const noncePlace = "__CSP_NONCE__"

// workplaceCSP is the policy of the workplace; it takes the nonce.
const workplaceCSP = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// workplace serves the built page.
type workplace struct {
	index []byte
	files map[string]*asset // by name below assets
}

// asset is a file of the page. Its name changes with what is in it.
type asset struct {
	mediaType string
	plain     []byte
	packed    func() ([]byte, error) // with gzip, made when it is asked for first
}

// newWorkplace reads the built page.
func newWorkplace() (*workplace, error) {
	files, err := web.Files()
	if err != nil {
		return nil, err
	}
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("read the workplace: %w", err)
	}
	w := &workplace{index: index, files: map[string]*asset{}}
	names, err := fs.Glob(files, "assets/*")
	if err != nil {
		return nil, fmt.Errorf("list the workplace's files: %w", err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the workplace's %s: %w", name, err)
		}
		w.files[path.Base(name)] = &asset{
			mediaType: mediaTypes[path.Ext(name)], plain: content,
			packed: sync.OnceValues(func() ([]byte, error) { return pack(content) }),
		}
	}
	return w, nil
}

func pack(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	to, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack a file: %w", err)
	}
	if _, err := to.Write(content); err != nil {
		return nil, fmt.Errorf("pack a file: %w", err)
	}
	if err := to.Close(); err != nil {
		return nil, fmt.Errorf("pack a file: %w", err)
	}
	return packed.Bytes(), nil
}

// page answers every path that is a place in the workplace: the page itself knows which there are.
func (w *workplace) page(c *gin.Context) {
	nonce := newSecret()
	c.Header("Content-Security-Policy", fmt.Sprintf(workplaceCSP, nonce))
	c.Header("Cache-Control", "no-store") // the nonce is good once
	c.Data(http.StatusOK, "text/html; charset=utf-8", bytes.ReplaceAll(w.index, []byte(noncePlace), []byte(nonce)))
}

// file answers a file of the page, packed for who can unpack it.
func (w *workplace) file(c *gin.Context) {
	s := callOf(c.Request.Context()).server
	found := w.files[c.Param("file")]
	if found == nil {
		c.Header("Cache-Control", "no-store") // a later version may have it
		s.abort(c, failed(http.StatusNotFound, "unknown_route"))
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Vary", "Accept-Encoding")
	if !unpacks(c.GetHeader("Accept-Encoding")) {
		c.Data(http.StatusOK, found.mediaType, found.plain)
		return
	}
	packed, err := found.packed()
	if err != nil {
		s.abort(c, err)
		return
	}
	c.Header("Content-Encoding", "gzip")
	c.Data(http.StatusOK, found.mediaType, packed)
}

// unpacks tells whether an Accept-Encoding allows gzip (RFC 9110, 12.5.3): by its name, or else by “*”, unless with the weight 0.
func unpacks(accepted string) bool {
	weights := map[string]float64{}
	for one := range strings.SplitSeq(strings.ToLower(accepted), ",") {
		coding, parameters, _ := strings.Cut(one, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
		weight := 1.0
		if strings.TrimSpace(name) == "q" {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(value), 64) // what is no number counts as 0: it goes as it is
		}
		weights[strings.TrimSpace(coding)] = weight
	}
	if weight, named := weights["gzip"]; named {
		return weight > 0
	}
	return weights["*"] > 0
}

// unknown answers what is no route: a person's browser gets the workplace, which tells him when there is no such place in it
// either; everybody else a problem.
func (s *Server) unknown(c *gin.Context) {
	asked := c.Request.URL.Path
	if c.Request.Method == http.MethodGet && strings.Contains(c.GetHeader("Accept"), "text/html") && !strings.HasPrefix(asked, "/api/") && path.Ext(asked) == "" {
		s.workplace.page(c)
		return
	}
	s.abort(c, failed(http.StatusNotFound, "unknown_route"))
}
