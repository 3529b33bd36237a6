/* SPDX-License-Identifier: Apache-2.0
 * The program rpc.
 */
#include <agent/rpc/librpc.h>

int main(int argc, char **argv)
{
	return librpc_main(argc, argv);
}
