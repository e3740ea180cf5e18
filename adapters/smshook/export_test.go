package smshook

// Sign exports sign for tests.
var Sign = sign
