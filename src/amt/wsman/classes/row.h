/* SPDX-License-Identifier: Apache-2.0
 * How the class headers here are written.
 *
 * Each class is one list of rows in wire (ASCII) order, each method two lists in schema
 *order, and each header ends with the list of its classes. Expanding WSMAN_DECLARE_CLASS
 *over it gives struct amt_foo;				an instance extern amt_foo_class;
 *its description struct amt_foo_bar_in, amt_foo_bar_out;	parameters of method Bar
 *	extern amt_foo_bar_method;		its description
 * and class.c expands the same list to the descriptions. A new class is its rows, a row
 *in its header's list and a line in class.c's sorted table; a new header is one more in
 *all.h.
 *
 * Properties are those that firmware sends, also where no client knows them; names of
 *client models that firmware does not know are left out. Classes that are known from
 *their schema alone have what they inherit too. Enumerations are C enums where code uses
 *them; values.h has the names of all.
 *
 * ops: READ (Get, Enumerate), and what else firmware has.
 * dated: firmware declares the namespace of Datetime in replies that hold the class, set
 *or not (classes that inherit InstallDate, Issued or Expires).
 */
#ifndef AMT_WSMAN_CLASSES_ROW_H
#define AMT_WSMAN_CLASSES_ROW_H

#include <amt/wsman/wsman.h>

/* Kinds of rows: type of the member, kind and flags of the field. Plural = repeated
 * element. */
#define WSMAN_MEMBER_BOOL struct wsman_num
#define WSMAN_MEMBER_U8 struct wsman_num
#define WSMAN_MEMBER_U16 struct wsman_num
#define WSMAN_MEMBER_U32 struct wsman_num
#define WSMAN_MEMBER_U64 struct wsman_num
#define WSMAN_MEMBER_I32 struct wsman_num
#define WSMAN_MEMBER_I64 struct wsman_num
#define WSMAN_MEMBER_STR struct str
#define WSMAN_MEMBER_EPR struct wsman_epr
#define WSMAN_MEMBER_DATETIME struct str
#define WSMAN_MEMBER_OBJECT struct wsman_item
#define WSMAN_MEMBER_BOOLS struct wsman_nums
#define WSMAN_MEMBER_U8S struct wsman_nums
#define WSMAN_MEMBER_U16S struct wsman_nums
#define WSMAN_MEMBER_U32S struct wsman_nums
#define WSMAN_MEMBER_I32S struct wsman_nums
#define WSMAN_MEMBER_STRS struct wsman_strs
#define WSMAN_MEMBER_EPRS struct wsman_eprs

#define WSMAN_KIND_BOOL WSMAN_BOOL, 0
#define WSMAN_KIND_U8 WSMAN_U8, 0
#define WSMAN_KIND_U16 WSMAN_U16, 0
#define WSMAN_KIND_U32 WSMAN_U32, 0
#define WSMAN_KIND_U64 WSMAN_U64, 0
#define WSMAN_KIND_I32 WSMAN_I32, 0
#define WSMAN_KIND_I64 WSMAN_I64, 0
#define WSMAN_KIND_STR WSMAN_STR, 0
#define WSMAN_KIND_EPR WSMAN_EPR, 0
#define WSMAN_KIND_DATETIME WSMAN_DATETIME, 0
#define WSMAN_KIND_OBJECT WSMAN_OBJECT, 0
#define WSMAN_KIND_BOOLS WSMAN_BOOL, WSMAN_ARRAY
#define WSMAN_KIND_U8S WSMAN_U8, WSMAN_ARRAY
#define WSMAN_KIND_U16S WSMAN_U16, WSMAN_ARRAY
#define WSMAN_KIND_U32S WSMAN_U32, WSMAN_ARRAY
#define WSMAN_KIND_I32S WSMAN_I32, WSMAN_ARRAY
#define WSMAN_KIND_STRS WSMAN_STR, WSMAN_ARRAY
#define WSMAN_KIND_EPRS WSMAN_EPR, WSMAN_ARRAY

#define WSMAN_OPS_READ \
	(1u << WSMAN_GET | 1u << WSMAN_ENUMERATE | 1u << WSMAN_PULL | 1u << WSMAN_RELEASE)
#define WSMAN_OPS_PUT (WSMAN_OPS_READ | 1u << WSMAN_PUT)
#define WSMAN_OPS_DELETE (WSMAN_OPS_READ | 1u << WSMAN_DELETE)
#define WSMAN_OPS_PUT_DELETE (WSMAN_OPS_PUT | WSMAN_OPS_DELETE)
#define WSMAN_OPS_ALL (WSMAN_OPS_PUT_DELETE | 1u << WSMAN_CREATE)

/* clang-format off */
/* Lists that many classes share. */
#define WSMAN_NO_ROWS(F, T)
#define WSMAN_NO_METHODS(M)
#define WSMAN_RETURN(F, T) \
	F(T, return_value, "ReturnValue", U32, 0)
#define WSMAN_JOB_RETURN(F, T) \
	F(T, job, "Job", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)
#define WSMAN_DEPENDENCY(F, T) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY)
#define WSMAN_CREDENTIAL_CONTEXT(F, T) \
	F(T, element_in_context, "ElementInContext", EPR, WSMAN_KEY) \
	F(T, element_providing_context, "ElementProvidingContext", EPR, WSMAN_KEY)
/* RequestStateChange */
#define WSMAN_STATE_IN(F, T) \
	F(T, requested_state, "RequestedState", U16, 0) \
	F(T, timeout_period, "TimeoutPeriod", DATETIME, 0)

#define WSMAN_ROW_MEMBER(T, member, wire, kind, flags) WSMAN_MEMBER_##kind member;

#define WSMAN_DECLARE_METHOD(name, wire, IN, OUT) \
	struct name##_in { IN(WSMAN_ROW_MEMBER, ) }; \
	struct name##_out { OUT(WSMAN_ROW_MEMBER, ) }; \
	extern const struct wsman_method name##_method;

#define WSMAN_DECLARE_CLASS(name, family, wire, ROWS, METHODS, ops, dated) \
	struct name { ROWS(WSMAN_ROW_MEMBER, ) }; \
	METHODS(WSMAN_DECLARE_METHOD) \
	extern const struct wsman_class name##_class;
/* clang-format on */

#endif
