// Package healthcheck says whether this process is fit for requests, in the words of oslo.middleware's healthcheck, which
// operators of OpenStack point their load balancers at: the same answers, options and plugins, Octavia's for the database among them.
//
// It imports nothing of this project: what a check looks at is handed in.
package healthcheck
