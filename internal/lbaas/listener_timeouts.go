package lbaas

import "cmp"

// The times that Octavia's listeners have unless somebody says otherwise, in milliseconds. A listener that has them is left to the
// Controller's own time-outs.
const (
	DefaultTimeoutClientData    = 50000
	DefaultTimeoutMemberConnect = 5000
	DefaultTimeoutMemberData    = 50000
)

// The range of the Controller's time-outs of HTTP clients in milliseconds (schema: HTTPApplicationProfile.client_header_timeout,
// keepalive_timeout).
const (
	minClientTimeout = 10
	maxClientTimeout = 100000000
)

const millisecondsPerSecond = 1000

// The range of the time that the Controller lets a TCP connection be idle, in seconds (schema: TCPProxyProfile.idle_connection_timeout;
// its 0, for ever, is not used).
const (
	minIdle = 5
	maxIdle = 14400
)

// The range of how often the Controller asks a server again for a connection (schema: TCPProxyProfile.max_syn_retransmissions).
const (
	minSYNs = 3
	maxSYNs = 8
)

// updateTimeouts applies how long a listener waits for whom. Avi knows how long a client may be silent where it reads HTTP itself, and
// for each side of a TCP connection that it proxies how long that may be idle, in seconds, and how often a server is asked for it.
// Datagrams know no such times: Octavia has none for them either, so that UDP and SCTP listeners may say what they like. Nor does
// it wait to inspect a stream that nothing inspects, as LBaaS v2 has no rules for TCP: so timeout_tcp_inspect changes nothing.
func (l *Listener) updateTimeouts(in ListenerInput) error {
	client, connect, data := span{1, maxIdle * millisecondsPerSecond}, span{1, synSeconds(maxSYNs) * millisecondsPerSecond},
		span{1, maxIdle * millisecondsPerSecond}
	switch {
	case l.Protocol.HTTP():
		client = span{minClientTimeout, maxClientTimeout}
	case !l.proxied():
		client, connect, data = span{1, maxInt32}, span{1, maxInt32}, span{1, maxInt32}
	}
	assign(in.TimeoutTCPInspect, &l.TimeoutTCPInspect, 0)
	for _, t := range []struct {
		name     string
		given    Attr[int]
		standard int
		span     span
		target   *int
	}{
		{"timeout_client_data", in.TimeoutClientData, DefaultTimeoutClientData, client, &l.TimeoutClientData},
		{"timeout_member_connect", in.TimeoutMemberConnect, DefaultTimeoutMemberConnect, connect, &l.TimeoutMemberConnect},
		{"timeout_member_data", in.TimeoutMemberData, DefaultTimeoutMemberData, data, &l.TimeoutMemberData},
	} {
		if !t.given.Set {
			continue
		}
		*t.target = t.given.Or(t.standard)
		if err := t.span.check(t.name, *t.target); err != nil {
			return err
		}
		if *t.target == t.standard {
			*t.target = 0
		}
	}
	return nil
}

// span are the times in milliseconds that a listener may have for something.
type span struct{ least, most int }

func (s span) check(attribute string, timeout int) error {
	if timeout >= s.least && timeout <= s.most {
		return nil
	}
	return Unsupportedf(ProviderDisplayName, "%s of %d milliseconds: the Avi Controller takes %d to %d",
		attribute, timeout, s.least, s.most)
}

// proxied says that the listener takes TCP connections, and makes others to the members.
func (l *Listener) proxied() bool { return l.L4() == l4TCP }

// ShownTimeoutClientData is the attribute as users see it.
func (l *Listener) ShownTimeoutClientData() int {
	return cmp.Or(l.TimeoutClientData, DefaultTimeoutClientData)
}

// ShownTimeoutMemberConnect is the attribute as users see it.
func (l *Listener) ShownTimeoutMemberConnect() int {
	return cmp.Or(l.TimeoutMemberConnect, DefaultTimeoutMemberConnect)
}

// ShownTimeoutMemberData is the attribute as users see it.
func (l *Listener) ShownTimeoutMemberData() int {
	return cmp.Or(l.TimeoutMemberData, DefaultTimeoutMemberData)
}

// ClientIdle is how long the client's side of a TCP connection may be idle, in seconds: at least as long as timeout_client_data asks
// for, and 5. It is 0 where that is left to the Controller, and where HTTP has times of its own.
func (l *Listener) ClientIdle() int {
	if l.TimeoutClientData == 0 || !l.proxied() || l.Protocol.HTTP() {
		return 0
	}
	return idleSeconds(l.TimeoutClientData)
}

// MemberIdle is ClientIdle for the members' side of connections, and for all listeners of TCP.
func (l *Listener) MemberIdle() int {
	if l.TimeoutMemberData == 0 || !l.proxied() {
		return 0
	}
	return idleSeconds(l.TimeoutMemberData)
}

func idleSeconds(milliseconds int) int {
	return max(minIdle, (milliseconds+millisecondsPerSecond-1)/millisecondsPerSecond)
}

// MemberSYNs is how often a member that does not answer is asked again for a connection, 3-8: until at least timeout_member_connect
// has passed. It is 0 where that is left to the Controller.
func (l *Listener) MemberSYNs() int {
	if l.TimeoutMemberConnect == 0 || !l.proxied() {
		return 0
	}
	n := minSYNs
	for n < maxSYNs && synSeconds(n)*millisecondsPerSecond < l.TimeoutMemberConnect {
		n++
	}
	return n
}

// synSeconds is how long a connection is waited for that is asked for again n times: a second after the first time, and twice as
// long after each next (RFC 6298, sections 2 and 5).
func synSeconds(n int) int { return 1<<(n+1) - 1 }
