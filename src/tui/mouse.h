/*
 * What a mouse did, and where on the screen.
 */
#pragma once

enum mouse_kind {
	MOUSE_PRESS, MOUSE_DOUBLE, /* the second press in the same place */
	MOUSE_RELEASE, MOUSE_UP, MOUSE_DOWN, /* the wheel */
};
struct mouse {
	enum mouse_kind kind;
	int row, column; /* from 0 */
};
