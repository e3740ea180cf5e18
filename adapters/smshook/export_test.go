package smshook

// Sign is sign.
var Sign = sign
