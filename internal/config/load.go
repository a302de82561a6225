package config

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// Load reads the files in order and then the *.conf files of each directory in
// order of their names; what comes later wins. A file or directory that does not
// exist is an error.
//
// Its error joins everything that is wrong, an *OptionError or *oslo.SyntaxError
// each, or what the operating system said.
func Load(files, dirs []string) (*Config, error) {
	set, paths, err := read(files, dirs)
	if err != nil {
		return nil, err
	}
	l := loader{
		config: New(),
		src:    newSources(set, paths),
	}
	l.decoder = newDecoder(l.src)
	l.load()
	if len(l.decoder.errs) > 0 {
		return nil, errors.Join(l.decoder.errs...)
	}
	return l.config, nil
}

// read parses all files.
func read(files, dirs []string) (*oslo.Set, []string, error) {
	var errs []error
	paths := slices.Clone(files)
	for _, dir := range dirs {
		found, err := configFiles(dir)
		errs = append(errs, err)
		paths = append(paths, found...)
	}
	set := new(oslo.Set)
	for _, path := range paths {
		file, err := readFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		set.Add(file)
	}
	return set, paths, errors.Join(errs...)
}

func readFile(path string) (*oslo.File, error) {
	content, err := os.ReadFile(path) //nolint:gosec // reading the file that the operator names is the purpose
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return oslo.Parse(bytes.NewReader(content), path)
}

// configFiles lists a directory's *.conf in order of their names, but not
// hidden ones, as oslo.config does.
func configFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, fmt.Errorf("configuration directory: %w", err)
	}
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".conf") && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

type loader struct {
	config  *Config
	src     *sources
	decoder *decoder
}

func (l *loader) fail(err error) {
	if err != nil {
		l.decoder.errs = append(l.decoder.errs, err)
	}
}

func (l *loader) load() {
	l.nameHost()
	sel := new(selection)
	fixed := table(l.config, sel)
	for _, s := range fixed {
		l.decoder.learn(s)
	}
	for _, s := range fixed {
		l.decoder.decode(s)
	}
	names, section, option := sel.choose(l.src)
	if wrong := checkNames(names, fixed); len(wrong) > 0 {
		for _, reason := range wrong {
			l.fail(l.src.problem(section, option, reason, ""))
		}
		return
	}
	l.decoder.checkSections(fixed, names)
	l.loadProviders(names, sel)
	l.complete()
	l.completePolicy()
	l.fail(l.config.validate(l.src))
	l.checkCAFiles()
}

// nameHost puts the machine's name where the host option may replace it. If the
// machine does not say its name, validation asks for the option.
func (l *loader) nameHost() {
	if host, err := os.Hostname(); err == nil {
		l.config.Default.Host = host
	}
}

func (l *loader) loadProviders(names []string, sel *selection) {
	var err error
	l.config.DefaultProvider, err = sel.pickDefault(names, l.src)
	l.fail(err)
	for _, name := range names {
		if _, ok := l.src.set.Section(name); !ok {
			l.fail(l.missingSection(name))
			continue
		}
		d := draft{Provider: NewProvider(name)}
		d.Description = sel.describe(name)
		s := providerSection(&d)
		l.decoder.learn(s)
		l.decoder.decode(s)
		l.finishProvider(&d)
		l.config.Providers = append(l.config.Providers, d.Provider)
	}
}

// missingSection asks for a provider's section, or points at its misspelling.
func (l *loader) missingSection(name string) error {
	var there []string
	for _, s := range l.src.set.Sections() {
		there = append(there, s.Name)
	}
	reason := "the provider's section is missing"
	if near, ok := nearest(oslo.NormalizeSection(name), there); ok {
		reason += fmt.Sprintf("; is [%s] meant?", near)
	}
	return l.src.problem(name, "", reason, "")
}

// finishProvider settles what two options say of the same thing.
func (l *loader) finishProvider(d *draft) {
	if d.addressPort != 0 {
		if l.src.has(d.Name, "port") && d.Port != d.addressPort {
			l.fail(l.src.problem(d.Name, "port", fmt.Sprintf("%d, but address says port %d", d.Port, d.addressPort), ""))
		}
		d.Port = d.addressPort
	}
	if d.passwordFile == "" {
		return
	}
	password, err := readPassword(d)
	if err != nil {
		l.src.wrong[keyOf(d.Name, "password")] = true
		l.fail(l.src.problem(d.Name, "password_file", err.Error(), ""))
		return
	}
	d.Password = password
}

func readPassword(d *draft) (Secret, error) {
	if d.Password != "" {
		return "", errors.New("password is set too; give only one of them")
	}
	content, err := os.ReadFile(d.passwordFile)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	password := strings.TrimRight(string(content), "\r\n")
	if password == "" {
		return "", errors.New("the file holds no password")
	}
	return Secret(password), nil
}

// complete fills in what follows from other options.
func (l *loader) complete() {
	c := l.config
	completeURLs(&c.Auth)
	l.completeServiceAuth()
	if !l.src.has(sectionNetwork, "cafile", "insecure") {
		c.Network.CAFile, c.Network.Insecure = c.ServiceAuth.CAFile, c.ServiceAuth.Insecure
	}
	if c.Network.Region == "" {
		c.Network.Region = c.ServiceAuth.Region
	}
	if c.Keys.Region == "" {
		c.Keys.Region = c.ServiceAuth.Region
	}
}

// completeURLs lets each address stand in for the other. A version at the end
// of auth_url says nothing today: old files name one that Keystone no longer has.
func completeURLs(a *Auth) {
	if a.URL == "" {
		a.URL = a.WWWAuthenticateURI
	}
	if a.WWWAuthenticateURI == "" {
		a.WWWAuthenticateURI = a.URL
	}
	a.URL = strings.TrimSuffix(strings.TrimSuffix(a.URL, "/v3"), "/v2.0")
}

// completeServiceAuth takes from [keystone_authtoken] what [service_auth] does
// not say. Credentials are taken whole or not at all: halves of two would make
// a third that nobody wrote.
func (l *loader) completeServiceAuth() {
	own, general := &l.config.ServiceAuth, l.config.Auth
	merged := own.credentials()
	if !own.hasCredentials() {
		merged = general.credentials()
	}
	merged.URL, merged.WWWAuthenticateURI = own.URL, own.WWWAuthenticateURI
	completeURLs(&merged)
	if merged.URL == "" {
		merged.URL, merged.WWWAuthenticateURI = general.URL, general.WWWAuthenticateURI
	}
	merged.CAFile, merged.Insecure = own.CAFile, own.Insecure
	if !l.src.has(sectionService, "cafile", "insecure") {
		merged.CAFile, merged.Insecure = general.CAFile, general.Insecure
	}
	merged.Region = own.Region
	if merged.Region == "" {
		merged.Region = general.Region
	}
	*own = merged
}

// checkCAFiles reads the files of certificates that are in use, so that a wrong
// path shows now and not at the first request.
func (l *loader) checkCAFiles() {
	c := l.config
	check := func(section, option, path string) {
		if path == "" {
			return
		}
		content, err := os.ReadFile(path) //nolint:gosec // reading the file that the operator names is the purpose
		if err != nil {
			l.fail(l.src.problem(section, option, err.Error(), ""))
			return
		}
		if !x509.NewCertPool().AppendCertsFromPEM(content) {
			l.fail(l.src.problem(section, option, "no PEM certificate in "+path, ""))
		}
	}
	if c.API.AuthStrategy == AuthKeystone {
		if !c.Auth.Insecure {
			check(sectionAuth, "cafile", c.Auth.CAFile)
		}
		if l.src.has(sectionService, "cafile") && !c.ServiceAuth.Insecure {
			check(sectionService, "cafile", c.ServiceAuth.CAFile)
		}
	}
	if l.src.has(sectionNetwork, "cafile") && !c.Network.Insecure {
		check(sectionNetwork, "cafile", c.Network.CAFile)
	}
	for _, p := range c.Providers {
		check(p.Name, "ca_file", p.CAFile)
	}
	if c.API.KeyFile == "" {
		return
	}
	if _, err := c.API.ServerTLS(); err != nil {
		l.fail(l.src.problem(sectionAPI, "cert_file", err.Error(), ""))
	}
}
