// Package server is Marshrut's HTTP interface: the API under /api/v1 with its OpenAPI contract, its explorer, health and
// metrics. It decides who may ask, what a request must look like and how an answer looks; what requests do is decided
// behind the interfaces of Services.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"marshrut/crm"
)

// Config are the settings of a Server.
type Config struct {
	Log            *slog.Logger
	Clock          crm.Clock // nil: time.Now
	Version        string    // of the program, shown in the API's description
	SecureCookies  bool      // browsers send the cookie over HTTPS only
	TrustedProxies []string  // addresses whose X-Forwarded-For is believed; empty: nobody's
	Metrics        *prometheus.Registry
	Pool           func() PoolStats // of the database, for /metrics; nil: not shown
	ProviderName   string           // what the OpenID Connect provider is called
	ProviderRoles  []string         // of users made when somebody signs in with it for the first time; empty: none are made
	// Figures counts what is open, for /metrics; nil: not shown.
	Figures func(context.Context) (*crm.Figures, error)
	About   About
	// How often streams of events show that they are alive, and how often the change log is looked at; 0: the usual.
	Heartbeat, EventInterval time.Duration
	// ReasonText says in a sentence why a notification did not go; nil or empty: the code alone is shown.
	ReasonText func(code string, lang crm.Lang) string
	// Away tells that an error means only that the database cannot be reached; nil: every failure is a fault of ours.
	Away func(err error) bool
}

// Server answers HTTP requests. It is made by New.
type Server struct {
	config    Config
	services  Services
	log       *slog.Logger
	clock     crm.Clock
	texts     catalogue
	engine    *gin.Engine
	routes    map[string]route // by method and gin's pattern
	schemas   huma.Registry    // what the descriptions of the routes refer to
	metrics   *metrics
	passwords *passwords
	throttle  *throttle
	hub       *hub
	workplace *workplace
	spec      func() (*specification, error) // made when it is first asked for
	// nobodysHash is verified when a login does not exist, so that the answer takes as long. It is made by the first sign-in.
	nobodysHash func() string
	atWork      sync.WaitGroup // what is done beside requests
}

// How long a connection may take. Requests wait up to 5 seconds for a case's route; files take longer to arrive.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	handlerTimeout    = 30 * time.Second
	drainTimeout      = 15 * time.Second
	maxHeader         = 64 << 10
)

// New puts the server together. It fails only when the program itself is broken: a text or a page is missing.
func New(config Config, services Services) (*Server, error) {
	texts, err := loadCatalogue()
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: config, services: services, log: config.Log, clock: config.Clock, texts: texts, routes: map[string]route{},
		passwords: newPasswords(), throttle: newThrottle(), nobodysHash: sync.OnceValue(func() string { return HashPassword(newSecret()) }),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.hub = newHub(services.Changes, s.log, config.EventInterval)
	if s.workplace, err = newWorkplace(); err != nil {
		return nil, err
	}
	if s.metrics, err = newMetrics(config.Metrics, config.Pool); err != nil {
		return nil, err
	}
	if config.Metrics != nil && config.Figures != nil {
		if err := config.Metrics.Register(&figures{count: config.Figures, clock: s.clock, log: s.log}); err != nil {
			return nil, fmt.Errorf("register the figures: %w", err)
		}
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) build() error {
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.ContextWithFallback = false
	if err := s.engine.SetTrustedProxies(s.config.TrustedProxies); err != nil {
		return fmt.Errorf("read the trusted proxies: %w", err)
	}
	s.engine.Use(s.observe, s.recover, secure)
	s.engine.NoRoute(s.unknown)
	s.engine.NoMethod(s.noMethod)
	known := s.engine.Group("", s.authorize, s.readBody, s.limitTime, s.readKey, s.hide, s.redact, s.remember)
	api := humagin.NewWithGroup(s.engine, known, huma.Config{
		OpenAPI:                      s.description(),
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	s.schemas = api.OpenAPI().Components.Schemas
	s.addRoutes(api)
	s.addPages(known, api)
	return nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		// A HEAD is answered as the GET would be; net/http leaves the body out.
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	s.engine.ServeHTTP(w, r)
}

// Run serves on the listener until ctx ends, then lets the requests at work finish for up to 15 seconds.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // broken connections and TLS handshakes
	}
	server.RegisterOnShutdown(s.hub.close)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	defer s.atWork.Wait()
	if err := server.Shutdown(drain); err != nil {
		_ = server.Close()
		return fmt.Errorf("let the last requests finish: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// beside does something for a request that its answer does not wait for. A server that stops waits for it.
func (s *Server) beside(ctx context.Context, do func(context.Context) error) {
	s.atWork.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		if err := do(ctx); err != nil {
			s.logFailure(ctx, err)
		}
	})
}

// abort ends a request with a problem document.
func (s *Server) abort(c *gin.Context, err error) {
	s.writeProblem(c.Writer, c.Request, err)
	c.Abort()
}

// noMethod answers OPTIONS with what a path knows, and other methods with 405; gin has set Allow.
func (s *Server) noMethod(c *gin.Context) {
	if allow := c.Writer.Header().Get("Allow"); allow != "" {
		c.Header("Allow", withImplied(allow))
	}
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return
	}
	s.abort(c, failed(http.StatusMethodNotAllowed, "method_not_allowed"))
}

// limitTime gives handlers a deadline, so that a slow database cannot pile requests up without end. It begins when the body
// is there: a file may take its time to arrive.
func (s *Server) limitTime(c *gin.Context) {
	if s.routes[routeOf(c)].streams {
		c.Next()
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), handlerTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}
