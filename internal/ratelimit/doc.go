// Package ratelimit holds each of many parties to a rate of requests, so that one project's runaway script does not take the
// service from the others. Each replica counts for itself. It imports nothing of this project.
package ratelimit
