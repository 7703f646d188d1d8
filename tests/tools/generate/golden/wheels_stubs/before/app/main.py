import boto3
import requests
