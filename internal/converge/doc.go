// Package converge makes what is at the Controller equal to what should be there: it compares the wanted objects with what was
// written last, reads what it must, and sends the smallest set of requests, in an order in which no object ever refers to one
// that is not there. It may import plan and avi. What it did comes back as values; it stores nothing itself.
//
// It is level-triggered: running it twice changes nothing the second time, and running it after a crash at any request ends
// where the run without the crash would have ended.
package converge
