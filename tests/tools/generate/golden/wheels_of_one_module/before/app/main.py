import cv2
from Crypto.Cipher import AES
