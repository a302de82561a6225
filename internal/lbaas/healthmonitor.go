package lbaas

import (
	"regexp"
	"strconv"
	"strings"
)

// MonitorType is the kind of a health check.
type MonitorType string

// The health checks that this provider carries out.
const (
	MonitorPing       MonitorType = "PING"
	MonitorTCP        MonitorType = "TCP"
	MonitorHTTP       MonitorType = "HTTP"
	MonitorHTTPS      MonitorType = "HTTPS"
	MonitorTLSHello   MonitorType = "TLS-HELLO"
	MonitorUDPConnect MonitorType = "UDP-CONNECT"
	MonitorSCTP       MonitorType = "SCTP" // from the Controller's API version 22.1.3 on
)

// HealthMonitor checks the members of one pool.
type HealthMonitor struct {
	Resource
	PoolID  string
	Type    MonitorType
	Delay   int // seconds between checks
	Timeout int // seconds until a check has failed
	// MaxRetries is how many checks must succeed before a member is ONLINE, 1-10. Where MaxRetriesDown is 0 it has Neutron
	// LBaaS v2's meaning instead: how many checks must fail before it is in ERROR.
	MaxRetries int
	// MaxRetriesDown is how many checks must fail before a member is in ERROR, 1-10. It is 0 if and only if the monitor comes
	// from a front door that has no such attribute (Neutron LBaaS v2).
	MaxRetriesDown int
	// HTTPMethod, URLPath and ExpectedCodes are set if and only if Type is HTTP or HTTPS.
	HTTPMethod    string
	URLPath       string
	ExpectedCodes string // "200", "200,202" or "200-204", or any of these joined by commas
	// HTTPVersion is "1.0", "1.1", or empty where none is given, which means 1.0; DomainName is the Host that is asked for, with
	// version 1.1 only. Both are without effect unless Type is HTTP or HTTPS.
	HTTPVersion, DomainName string
}

// HealthMonitorInput is a request to create or change a health monitor.
type HealthMonitorInput struct {
	ID             Attr[string]      `json:"id,omitzero"`
	PoolID         Attr[string]      `json:"pool_id,omitzero"`
	Name           Attr[string]      `json:"name,omitzero"`
	AdminStateUp   Attr[bool]        `json:"admin_state_up,omitzero"`
	Type           Attr[MonitorType] `json:"type,omitzero"`
	Delay          Attr[int]         `json:"delay,omitzero"`
	Timeout        Attr[int]         `json:"timeout,omitzero"`
	MaxRetries     Attr[int]         `json:"max_retries,omitzero"`
	MaxRetriesDown Attr[int]         `json:"max_retries_down,omitzero"`
	HTTPMethod     Attr[string]      `json:"http_method,omitzero"`
	URLPath        Attr[string]      `json:"url_path,omitzero"`
	ExpectedCodes  Attr[string]      `json:"expected_codes,omitzero"`
	HTTPVersion    Attr[float64]     `json:"http_version,omitzero"`
	DomainName     Attr[string]      `json:"domain_name,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// Defaults and limits of a health monitor: Octavia's, and for the times the Controller's (schema: HealthMonitor.send_interval
// 1-3600, receive_timeout 1-2400; the longer of the two times becomes the interval, the shorter the timeout).
const (
	DefaultMaxRetriesDown = 3
	MaxRetries            = 10 // of checks, either way
	defaultHTTPMethod     = "GET"
	defaultURLPath        = "/"
	defaultExpectedCodes  = "200"
	maxInterval           = 3600
	// Octavia's udp_connect_min_interval_health_monitor: whether nothing is there is known only when no refusal came for a while.
	minUDPDelay       = 3
	maxReceiveTimeout = 2400
)

var codesForm = regexp.MustCompile(`^[1-5]\d\d(-[1-5]\d\d)?(\s*,\s*[1-5]\d\d(-[1-5]\d\d)?)*$`)

// NewHealthMonitor gives the monitor that a request describes, with defaults filled in. max_retries_down stays 0 when absent:
// see HealthMonitor.
func NewHealthMonitor(in HealthMonitorInput) (HealthMonitor, error) {
	h := HealthMonitor{Resource: Resource{AdminStateUp: true}, PoolID: in.PoolID.Or(""), Type: in.Type.Or("")}
	switch {
	case h.Type == "":
		return h, lacking("type", in.Type.Null)
	case !in.Delay.HasValue():
		return h, lacking("delay", in.Delay.Null)
	case !in.Timeout.HasValue():
		return h, lacking("timeout", in.Timeout.Null)
	case !in.MaxRetries.HasValue():
		return h, lacking("max_retries", in.MaxRetries.Null)
	case in.PoolID.Null:
		return h, NotFound("Pool", "None") // Octavia looks for it
	case h.PoolID == "":
		return h, Missing("pool_id")
	}
	if err := checkEnum("type", h.Type, MonitorTypes()); err != nil {
		return h, err
	}
	if h.checksHTTP() {
		h.HTTPMethod, h.URLPath, h.ExpectedCodes = defaultHTTPMethod, defaultURLPath, defaultExpectedCodes
	}
	return h, h.update(in)
}

// Update applies what may be changed later.
func (h *HealthMonitor) Update(in HealthMonitorInput) error {
	if err := h.update(in); err != nil || !in.Delay.Set {
		return err
	}
	return h.checkUDPDelay()
}

// checkUDPDelay wants checks by UDP to have the time to be refused. A new monitor is looked at along with its pool.
func (h *HealthMonitor) checkUDPDelay() error {
	if h.Type == MonitorUDPConnect && h.Delay < minUDPDelay {
		return Invalidf("The request delay value %d should be larger than %d for %s health monitor type.", h.Delay, minUDPDelay, h.Type)
	}
	return nil
}

func (h *HealthMonitor) update(in HealthMonitorInput) error {
	for _, a := range []struct {
		name string
		Attr[int]
	}{{"delay", in.Delay}, {"timeout", in.Timeout}, {"max_retries", in.MaxRetries}} {
		if a.Set && a.Null {
			return InvalidOption("None", a.name)
		}
	}
	assign(in.Name, &h.Name, "")
	assign(in.AdminStateUp, &h.AdminStateUp, true)
	assign(in.Delay, &h.Delay, 0)
	assign(in.Timeout, &h.Timeout, 0)
	assign(in.MaxRetries, &h.MaxRetries, 0)
	assign(in.MaxRetriesDown, &h.MaxRetriesDown, DefaultMaxRetriesDown)
	if err := checkText("name", h.Name); err != nil {
		return err
	}
	if err := h.checkTimes(); err != nil {
		return err
	}
	if err := checkRange("max_retries", h.MaxRetries, 1, MaxRetries); err != nil {
		return err
	}
	if in.MaxRetriesDown.Set {
		if err := checkRange("max_retries_down", h.MaxRetriesDown, 1, MaxRetries); err != nil {
			return err
		}
	}
	if err := h.updateTags(in.Tags); err != nil {
		return err
	}
	if err := h.updateHTTP(in); err != nil {
		return err
	}
	return h.updateHost(in)
}

func (h *HealthMonitor) checkTimes() error {
	if err := checkRange("delay", h.Delay, 1, maxInt32); err != nil {
		return err
	}
	if err := checkRange("timeout", h.Timeout, 1, maxInt32); err != nil {
		return err
	}
	// One second is added to the interval when both are equal: the Controller wants it longer than the timeout.
	if longer := max(h.Delay, h.Timeout); longer > maxInterval || (h.Delay == h.Timeout && longer == maxInterval) {
		return Unsupportedf(ProviderDisplayName, "a health monitor's delay or timeout of more than %d seconds", maxInterval)
	}
	if min(h.Delay, h.Timeout) > maxReceiveTimeout {
		return Unsupportedf(ProviderDisplayName, "a health monitor whose delay and timeout are both longer than %d seconds",
			maxReceiveTimeout)
	}
	return nil
}

func (h *HealthMonitor) updateHTTP(in HealthMonitorInput) error {
	if !h.checksHTTP() {
		for _, a := range []struct {
			name string
			Attr[string]
		}{{"http_method", in.HTTPMethod}, {"url_path", in.URLPath}, {"expected_codes", in.ExpectedCodes}} {
			// Octavia takes null for nothing in a new monitor only.
			if a.Or("") != "" || a.Null && h.ID != "" {
				return InvalidOption(a.name, "health monitors of type "+string(h.Type))
			}
		}
		return nil
	}
	assign(in.HTTPMethod, &h.HTTPMethod, defaultHTTPMethod)
	assign(in.URLPath, &h.URLPath, defaultURLPath)
	assign(in.ExpectedCodes, &h.ExpectedCodes, defaultExpectedCodes)
	if err := checkEnum("http_method", h.HTTPMethod, MonitorMethods()); err != nil {
		return err
	}
	if err := CheckURLPath("url_path", h.URLPath); err != nil {
		return err
	}
	if len(h.ExpectedCodes) > 64 || !codesForm.MatchString(h.ExpectedCodes) {
		return InvalidValue("expected_codes", h.ExpectedCodes,
			"Value should be a code (200), a list (200,202) or a range (200-204) of codes from 100 to 599")
	}
	return nil
}

func (h *HealthMonitor) checksHTTP() bool { return h.Type == MonitorHTTP || h.Type == MonitorHTTPS }

// CodeRange is an inclusive range of HTTP status codes; a single code is a range of one.
type CodeRange struct{ First, Last int }

// CodeRanges are the expected codes in the order given.
func (h *HealthMonitor) CodeRanges() []CodeRange {
	if h.ExpectedCodes == "" {
		return nil
	}
	var ranges []CodeRange
	for part := range strings.SplitSeq(h.ExpectedCodes, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		low, _ := strconv.Atoi(first) // the form is checked on the way in
		high := low
		if isRange {
			high, _ = strconv.Atoi(last)
		}
		ranges = append(ranges, CodeRange{First: min(low, high), Last: max(low, high)})
	}
	return ranges
}

// CheckURLPath wants an absolute path of at most 255 characters, optionally with a query, that fits on an HTTP request line.
func CheckURLPath(attribute, text string) error {
	if err := checkText(attribute, text); err != nil {
		return err
	}
	if !validURLPath(text) {
		return InvalidValue(attribute, text, "Value must be a valid URL Path string")
	}
	return nil
}

// validURLPath wants an absolute path, optionally with a query, that fits on an HTTP request line.
func validURLPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && !strings.ContainsFunc(p, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r)
	})
}
