// Package reload finds out when a running service is to read its files again: when it is told to (SIGHUP), and when one of the files
// is not what it was. What is done then is handed in. It imports nothing of this project.
package reload
