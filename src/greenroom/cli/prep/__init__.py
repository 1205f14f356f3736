"""`greenroom prep …`: what one prepares for, and with what."""
