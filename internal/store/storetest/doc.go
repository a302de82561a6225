// Package storetest gives tests an empty database each: an SQLite file, or with AVI_LBAAS_TEST_DATABASE a database of its own on the
// server of that URL (mysql://user:password@host:port or postgresql://user:password@host:port, of a user who may make databases;
// several hosts of a Galera cluster, separated by commas). It may import store.
package storetest
