/* SPDX-License-Identifier: Apache-2.0
 * MKHI: the host's questions to the firmware's kernel (versions, boot state, what the
 * platform is capable of). rpc.md 2.8.
 *
 *   0       1                       2    3        4
 *   | group | command:7 response:1  | 0  | result | payload       little-endian
 */
#ifndef AMT_HECI_MKHI_H
#define AMT_HECI_MKHI_H

#include <base/buf.h>
#include <base/cursor.h>

#define MKHI_MAX_MODULES 20

/* group << 8 | command */
enum mkhi_command {
	MKHI_GET_RULE = 0x0302,		       /* rule -> mkhi_rule */
	MKHI_GET_FW_VERSION = 0xFF02,	       /* -> mkhi_fw_version */
	MKHI_GET_BOOT_STATE = 0xFF0A,	       /* -> mkhi_boot_state */
	MKHI_GET_IMAGE_TYPE = 0xFF18,	       /* -> mkhi_value */
	MKHI_GET_IMAGE_FW_VERSION = 0xFF1C,    /* partition -> mkhi_modules */
	MKHI_GET_EOP_STATE = 0xFF1D,	       /* -> mkhi_value: low byte */
	MKHI_GET_MEASURED_BOOT_STATE = 0xFF23, /* -> mkhi_measured_boot */
};

enum mkhi_result {
	MKHI_SUCCESS = 0,
	MKHI_SIZE_ERROR = 0x05,
	MKHI_NOT_FOUND = 0x81,
	MKHI_INVALID_PARAMS = 0x85,
	MKHI_NOT_SUPPORTED = 0x89,
	MKHI_INVALID_COMMAND = 0x8D,
};

enum mkhi_rule_id {
	MKHI_RULE_CAPABLE = 0,	 /* MKHI_SKU_ bits: what the platform could do */
	MKHI_RULE_FW_UPDATE = 7, /* 0 disabled, 1 enabled, 2 with password */
	MKHI_RULE_PLATFORM =
		29,		/* bit 0 mobile, 1 desktop, ...; brand in bits 12 to 15 */
	MKHI_RULE_ENABLED = 32, /* MKHI_SKU_ bits: also enabled */
	MKHI_RULE_AVAILABLE = 39, /* MKHI_SKU_ bits: also ready */
};

#define MKHI_SKU_AMT (1u << 2)
#define MKHI_SKU_PSR (1u << 5)
#define MKHI_SKU_CLS (1u << 6)
#define MKHI_SKU_PAV (1u << 12)
#define MKHI_SKU_RCA (1u << 14)
#define MKHI_SKU_IPV6 (1u << 17)
#define MKHI_SKU_KVM (1u << 18)
#define MKHI_SKU_DAL (1u << 20)
#define MKHI_SKU_TLS (1u << 21)
#define MKHI_SKU_CILA (1u << 22)

struct mkhi_request {
	enum mkhi_command command;
	uint32_t value; /* rule or partition */
};

struct mkhi_value {
	uint32_t value;
};

/* Rule, length 4, value. */
struct mkhi_rule {
	uint32_t rule, value;
};

struct mkhi_fw_version {
	uint16_t minor, major, build, hotfix; /* of the running code */
	uint16_t nft_minor, nft_major, nft_build, nft_hotfix;
};

struct mkhi_boot_state {
	uint32_t state; /* bit 0 end of POST, bit 1 core BIOS done */
};

struct mkhi_measured_boot {
	uint8_t state;
};

struct mkhi_module {
	struct str name; /* at most 12 bytes */
	uint16_t major, minor, hotfix, build;
	uint32_t vendor;
};

struct mkhi_modules {
	uint32_t n;
	struct mkhi_module modules[MKHI_MAX_MODULES];
};

/* NULL for a command that is not in the table. */
const char *mkhi_command_name(uint32_t command);
uint32_t mkhi_command_at(size_t i); /* 0 behind the last */
size_t mkhi_response_size(enum mkhi_command c);

/* All append. response: the command's struct, not read when result is not 0. */
void mkhi_encode_request(struct buf *out, const struct mkhi_request *rq);
void mkhi_encode_response(struct buf *out, enum mkhi_command c, uint8_t result,
			  const void *response);
/* To a request of any command. */
void mkhi_encode_refusal(struct buf *out, uint32_t command, uint8_t result);

/* MKHI_SUCCESS; otherwise the result to refuse it with, rq->command set; -1 when there is
 * no header, or it is a response. */
int mkhi_decode_request(const void *p, size_t n, struct mkhi_request *rq);
/* As amthi_decode_response. */
bool mkhi_decode_response(const void *p, size_t n, enum mkhi_command c, uint8_t *result,
			  void *response, const char **why);

#endif
