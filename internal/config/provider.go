package config

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// draft is a provider while its section is read.
type draft struct {
	Provider
	addressPort  int // the port in the address option; 0: none
	passwordFile string
}

// providerSection is the section of one provider.
func providerSection(d *draft) section {
	return section{
		name: d.Name, strict: true,
		help: "One Avi Controller. The section has the provider's name; avi_adc is the one that the Python driver knew.",
		settings: []setting{
			{
				Option: Option{Name: "address", Type: "host", Allowed: "an IP address or a host name, a port may follow", Help: "The Controller, or its cluster's address. Required."},
				set:    func(text string) error { return setAddress(d, text) },
			},
			integer("port", &d.Port, 1, 65535, "The Controller's HTTPS port."),
			text("controller_name", &d.ControllerName, "A name for the Controller, the same for each provider that reaches it. Only needed where providers "+
				"reach one Controller at different addresses; those with one address and port are of one Controller without it.").
				allowing("any; not two names for one address"),
			text("user", &d.User, "Who to log in as at the Controller."),
			secret("password", &d.Password, "That user's password. This or password_file is required."),
			text("password_file", &d.passwordFile, "A file that holds the password, instead of password. A newline at its end does not count."),
			boolean("cert_verify", &d.CertVerify, "Verify the Controller's certificate.").allowing(oslo.BooleanTexts + "; certificates go in ca_file"),
			text("ca_file", &d.CAFile, "The certificates to verify it with, a PEM file. Without it, the system's. Only with cert_verify = true."),
			text("cloud", &d.Cloud, "The Controller's name for this OpenStack, a cloud."),
			apiVersion("api_version", &d.APIVersion, "The version of the Controller's API to speak. Without it, the newest that both sides know."),
			seconds("request_timeout", &d.RequestTimeout, time.Second, 10*time.Minute, "How long one request to the Controller may take."),
			choice("https_listener", &d.HTTPSListener, []HTTPSListener{HTTPSPassthrough, HTTPSTerminate},
				"What becomes of a listener of protocol HTTPS: passthrough forwards TLS unopened, as LBaaS v2 says; "+
					"terminate decrypts with the Controller's default certificate, as the Python driver did."),
			boolean("python_driver_health_monitors", &d.PythonDriverHealthMonitors,
				"Keep two habits of the Python driver: disabled monitors stay attached, and of a range of expected codes only the two ends count."),
			choice("drift_policy", &d.DriftPolicy, []DriftPolicy{DriftReport, DriftEnforce},
				"What becomes of fields that LBaaS exposes and someone else has changed at the Controller, when the audit finds them: "+
					"report leaves them until the object's next LBaaS update; enforce puts them back."),
			boolean("use_placement_network_for_pool", &d.UsePlacementNetworkForPool,
				"Send the members' subnets as placement networks of pools, for projects whose subnets share a CIDR. Needs a network service."),
			boolean("vrf_context_per_subnet", &d.VRFContextPerSubnet,
				"Make a VRF context for the subnet of each new load balancer's VIP, for projects whose subnets share a CIDR. "+
					"A Controller has at most 50 VRF contexts."),
			boolean("create_tenants", &d.CreateTenants,
				"Create the Avi tenant of a project that the Controller does not have yet. Without it, the Controller's own import of Keystone's projects is waited for."),
		},
	}
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`)

// setAddress takes a port after the host too: the Python driver built its URLs
// from the text as it was, so that worked.
func setAddress(d *draft, text string) error {
	if strings.Contains(text, "://") {
		return errors.New("give the host only, without https://")
	}
	host, port := text, 0
	if h, p, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return errors.New("its port is not a port")
		}
		host, port = h, int(n)
	} else if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		host = text[1 : len(text)-1]
	}
	if !isHost(host) {
		return errors.New("not an IP address or a host name")
	}
	d.Address, d.addressPort = host, port
	return nil
}

// isHost refuses names of numbers alone: they are IP addresses with a mistake.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return len(host) <= 253 && hostName.MatchString(host) && strings.Trim(host, "0123456789.") != ""
}

var versionText = regexp.MustCompile(`^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$`)

// apiVersion takes the versions from 18.2.6, the default of Avi's own SDKs
// (controller facts 1.2), to the newest major that exists.
func apiVersion(name string, field *string, help string) setting {
	s := text(name, field, help).allowing("18.2.6 to 31.x.x")
	s.set = func(text string) error {
		if text == "" {
			*field = ""
			return nil
		}
		m := versionText.FindStringSubmatch(text)
		if m == nil {
			return errors.New("not a version of three numbers")
		}
		number := 0
		for _, part := range m[1:] {
			n, err := strconv.Atoi(part)
			if err != nil {
				return errors.New("not a version of three numbers")
			}
			number = number*1000 + n
		}
		if number < 18_002_006 || number >= 32_000_000 {
			return errOutOfRange
		}
		*field = text
		return nil
	}
	return s
}
