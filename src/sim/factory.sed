# Text to lines of a C string.
s/["\\]/\\&/g
s/^/"/
s/$/\\n"/
