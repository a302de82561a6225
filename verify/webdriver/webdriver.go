//go:build verify

package webdriver

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long an element may take to be there, and a page to load.
const patience = time.Minute

// Browser is a running Chromium with one window. Its methods are not safe for use by several goroutines.
type Browser struct {
	driver  *exec.Cmd
	client  *http.Client
	session string // the URL of the session
}

// Start starts a browser, which keeps what it writes in the directory.
func Start(ctx context.Context, dir string, log io.Writer) (_ *Browser, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("look for a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, err
	}
	b := &Browser{client: &http.Client{Transport: &http.Transport{}, Timeout: 2 * patience}}
	b.driver = exec.CommandContext(context.WithoutCancel(ctx), "/usr/bin/chromedriver", fmt.Sprintf("--port=%d", port)) //nolint:gosec // our port
	b.driver.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "NO_PROXY=*", "no_proxy=*"}
	b.driver.Stdout, b.driver.Stderr = log, log
	// Chromium's processes are in the group of the driver, and end with it.
	b.driver.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := b.driver.Start(); err != nil {
		return nil, fmt.Errorf("start chromedriver: %w", err)
	}
	defer func() { //nolint:contextcheck // ending it has a time of its own
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	root := fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := b.await(ctx, func() error { return b.call(ctx, http.MethodGet, root+"/status", nil, nil) }); err != nil {
		return nil, fmt.Errorf("chromedriver does not answer: %w", err)
	}
	return b, b.open(ctx, root, dir)
}

// open starts a session, and with it Chromium.
func (b *Browser) open(ctx context.Context, root, dir string) error {
	arguments := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--window-size=1400,1000", "--user-data-dir=" + dir + "/profile",
	}
	if os.Geteuid() == 0 {
		arguments = append(arguments, "--no-sandbox") // root has none
	}
	var made struct{ SessionID string }
	err := b.call(ctx, http.MethodPost, root+"/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome", "goog:chromeOptions": map[string]any{"binary": "/usr/bin/chromium", "args": arguments},
		"timeouts": map[string]any{"pageLoad": patience.Milliseconds()},
	}}}, &made)
	if err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	b.session = root + "/session/" + made.SessionID
	return nil
}

// Close ends the browser.
func (b *Browser) Close() error {
	var err error
	if b.session != "" {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = b.call(ctx, http.MethodDelete, b.session, nil, nil)
	}
	_ = syscall.Kill(-b.driver.Process.Pid, syscall.SIGTERM) // it may have ended by itself
	_ = b.driver.Wait()                                      // killed, as it should be
	_ = syscall.Kill(-b.driver.Process.Pid, syscall.SIGKILL)
	b.client.CloseIdleConnections()
	return err
}

// Go opens a page.
func (b *Browser) Go(ctx context.Context, url string) error {
	return b.do(ctx, "open "+url, "/url", map[string]any{"url": url}, nil)
}

// Click clicks the first element of an XPath that can be clicked.
func (b *Browser) Click(ctx context.Context, xpath string) error {
	return b.onElement(ctx, "click", xpath, func(id string) error {
		return b.call(ctx, http.MethodPost, b.session+"/element/"+id+"/click", struct{}{}, nil)
	})
}

// Type types a text into the first element of an XPath, in place of what it has.
func (b *Browser) Type(ctx context.Context, xpath, text string) error {
	return b.onElement(ctx, "type into", xpath, func(id string) error {
		if err := b.call(ctx, http.MethodPost, b.session+"/element/"+id+"/clear", struct{}{}, nil); err != nil {
			return err
		}
		return b.call(ctx, http.MethodPost, b.session+"/element/"+id+"/value", map[string]any{"text": text}, nil)
	})
}

// Wait waits for an element of an XPath that can be seen.
func (b *Browser) Wait(ctx context.Context, xpath string) error {
	return b.onElement(ctx, "wait for", xpath, func(id string) error {
		var shown bool
		if err := b.call(ctx, http.MethodGet, b.session+"/element/"+id+"/displayed", nil, &shown); err != nil {
			return err
		}
		if !shown {
			return errors.New("it is hidden")
		}
		return nil
	})
}

// WaitGone waits until no element of an XPath is there.
func (b *Browser) WaitGone(ctx context.Context, xpath string) error {
	err := b.await(ctx, func() error {
		ids, err := b.find(ctx, xpath)
		if err == nil && len(ids) > 0 {
			err = errors.New("it is still there")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("wait until %s is gone: %w", xpath, err)
	}
	return nil
}

// Screenshot is the window as a PNG.
func (b *Browser) Screenshot(ctx context.Context) ([]byte, error) {
	var text string
	if err := b.call(ctx, http.MethodGet, b.session+"/screenshot", nil, &text); err != nil {
		return nil, fmt.Errorf("take a screenshot: %w", err)
	}
	return base64.StdEncoding.DecodeString(text)
}

// Source is the page as it is now.
func (b *Browser) Source(ctx context.Context) (string, error) {
	var text string
	err := b.call(ctx, http.MethodGet, b.session+"/source", nil, &text)
	return text, err
}

// onElement does something with one of an XPath's elements, again and again until it goes well with the first of them: pages
// change under one's hands.
func (b *Browser) onElement(ctx context.Context, doing, xpath string, f func(id string) error) error {
	err := b.await(ctx, func() error {
		ids, err := b.find(ctx, xpath)
		if err != nil {
			return err
		}
		err = errors.New("there is none")
		for _, id := range ids {
			if err = f(id); err == nil {
				return nil
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", doing, xpath, err)
	}
	return nil
}

func (b *Browser) find(ctx context.Context, xpath string) ([]string, error) {
	// The key is the protocol's.
	var elements []struct {
		ID string `json:"element-6066-11e4-a52e-4f735466cecf"`
	}
	err := b.call(ctx, http.MethodPost, b.session+"/elements", map[string]any{"using": "xpath", "value": xpath}, &elements)
	ids := make([]string, len(elements))
	for i, e := range elements {
		ids[i] = e.ID
	}
	return ids, err
}

func (b *Browser) await(ctx context.Context, f func() error) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return err
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

func (b *Browser) do(ctx context.Context, doing, path string, body, into any) error {
	if err := b.call(ctx, http.MethodPost, b.session+path, body, into); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// call sends a request of the protocol; what it answers is in a member "value".
func (b *Browser) call(ctx context.Context, method, url string, body, into any) error {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return err
	}
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		var fault struct{ Error, Message string }
		_ = json.Unmarshal(answer.Value, &fault) // then it is the status alone
		return fmt.Errorf("%s: %s: %s", response.Status, fault.Error, fault.Message)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, into)
}
