// Package endtoend holds tests of the whole service, and nothing else: that no accepted request is lost and nothing is left
// behind wherever the process is killed, and that every way to a state ends in the same objects at the Controller. It may import
// everything but the commands.
package endtoend
