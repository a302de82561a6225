// Package conformance reads the scripts of requests that are sent to a reference Octavia and to this project's API, and brings
// the answers of both into a form in which they can be compared. The scripts and what the reference answered are its testdata;
// its test replays them. It may import nothing of the project.
package conformance
